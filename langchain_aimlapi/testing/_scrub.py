"""What must never reach a cassette, and how it is taken out.

Headers pass by an allow-list: what is not named here is not written. URLs and bodies keep their
shape, and what is secret in them becomes `SCRUBBED`:

- the keys and cookies of the recorded requests, wherever they turn up again, in a URL, a body or
  an answer that quotes them;
- anything that looks like a key (`Bearer ...`, `sk-...`, a JSON web token);
- query parameters and user names that carry credentials;
- account fields (`email`, `user_id`, `balance`, ...) outside the conversation itself;
- e-mail addresses and half-masked keys in error bodies, which hold no model output.

Scrubbing twice changes nothing, so a request that is about to be sent can be compared with a
scrubbed one. Bodies in which nothing is found stay as they are, byte for byte.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from langchain_aimlapi._http.redaction import Redactor, Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SCRUBBED = "SCRUBBED"
REPLAY_KEY = "replay"
"""The key a model gets where no real one is needed; too short and too common to look for."""

REQUEST_HEADERS = frozenset({"accept", "content-type", "if-none-match", "x-client-request-id"})
RESPONSE_HEADERS = frozenset(
    {"content-type", "etag", "location", "retry-after", "x-client-request-id", "x-inference-id"},
)
RESPONSE_HEADER_PREFIX = "x-aimlapi-"

_KEY_HEADERS = frozenset({"authorization", "proxy-authorization", "api-key", "x-api-key"})
_KEY_QUERY = frozenset(
    {"accesstoken", "apikey", "auth", "authorization", "key", "password", "secret", "token"},
)
_ACCOUNT_FIELDS = frozenset(
    {
        "accesstoken", "account", "accountid", "apikey", "authorization", "balance", "clientip",
        "clientsecret", "cookie", "customerid", "email", "idtoken", "ip", "ipaddress",
        "organization", "organizationid", "orgid", "password", "phone", "refreshtoken", "secret",
        "setcookie", "useremail", "userid", "username",
    },
)  # fmt: skip
# The conversation: a field `email` in there belongs to the test, not to an account.
_CONVERSATION_FIELDS = frozenset({"choices", "content", "messages", "system", "tools"})

# Shorter secrets would hit ordinary words; no service hands out keys that short.
_SHORTEST_SECRET = 8
# Variables of other services that hold keys, which a prompt or an answer may quote.
_SECRET_VARIABLE = re.compile(r"(?:^|_)(?:API_?KEY|TOKEN|SECRET|PASSWORD)$")
# Headers of a company's gateway.
_SECRET_HEADER = re.compile(r"(?:^|[-_])(?:(?:x?api)?key|(?:auth)?token|secret|password)$")
_SHORTEST_OF_OTHERS = 16

# Each pattern looks at a text once, however the text is made: a start that was no match is not
# tried again one character further (the look-behinds), and nothing is looked for without a limit.
_LOOKS_SECRET = (
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{16,}"), rf"\g<1>{SCRUBBED}"),
    (re.compile(r"\b[spr]k-(?=[\w*-]{0,64}?\d)[\w*-]{16,}"), SCRUBBED),
    (re.compile(r"(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"), SCRUBBED),
)
_LOOKS_PRIVATE_IN_ERRORS = (
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]*\w"), SCRUBBED),
    (re.compile(r"(?<![\w-])[\w-]{2,}\*{3,}[\w*-]*"), SCRUBBED),
)
_LINES = re.compile(r"(\r\n|\n|\r)")
_JSON_LINE = re.compile(r"((?:data:)?[ \t]*)([\[{].*)", re.DOTALL)
_FIRST_ERROR_STATUS = 400


class Scrubber:
    """Takes known secrets, and what looks like one, out of URLs, headers and bodies."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Remember what to look for.

        Args:
            secrets: Keys, tokens and cookie values that must not be written. Values of fewer
                than eight characters and the replay key are not looked for.
        """
        self._known = Redactor(
            (Secret(s) for s in set(secrets) if len(s) >= _SHORTEST_SECRET and s != SCRUBBED),
            SCRUBBED,
        )

    def known(self, text: str) -> str:
        """Return the text without the known secrets, in all their spellings."""
        return self._known.redact(text)

    def text(self, text: str, *, error: bool = False) -> str:
        """Return the text without secrets.

        Args:
            text: Any text.
            error: Whether it comes from an error answer, which is searched for e-mail addresses
                and half-masked keys as well.
        """
        if text.isspace():  # most of what stands between the lines of a stream
            return text
        text = self.known(text)
        for pattern, replacement in _LOOKS_SECRET:
            text = pattern.sub(replacement, text)
        for pattern, replacement in _LOOKS_PRIVATE_IN_ERRORS if error else ():
            text = pattern.sub(replacement, text)
        return text

    def uri(self, uri: str) -> str:
        """Return the URL without credentials in its user part, its query or anywhere else."""
        parts = urlsplit(uri)
        query = "&".join(_scrub_pair(pair) for pair in parts.query.split("&"))
        host = parts.netloc.rpartition("@")[2]
        return self.text(urlunsplit((parts.scheme, host, parts.path, query, parts.fragment)))

    def request_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the request headers that may be written, under lower-case names."""
        return {
            name.lower(): self.text(value)
            for name, value in sorted(headers.items())
            if name.lower() in REQUEST_HEADERS
        }

    def response_headers(self, headers: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Return the response headers that may be written, under lower-case names."""
        return {
            name.lower(): [
                self.uri(value) if name.lower() == "location" else self.text(value)
                for value in values
            ]
            for name, values in sorted(headers.items())
            if _is_response_header(name.lower())
        }

    def body(self, body: bytes, *, status: int = 0) -> bytes:
        """Return the body without secrets; the same bytes where there are none.

        Args:
            body: A request or response body, content encodings undone.
            status: The HTTP status of a response; errors are searched more widely.
        """
        error = status >= _FIRST_ERROR_STATUS
        try:
            text = body.decode()
        except UnicodeDecodeError:
            # Latin-1 maps every byte to itself: secrets are found in binary bodies too.
            return self.text(body.decode("latin-1"), error=error).encode("latin-1")
        try:
            return self._document(text, error=error).encode()
        except ValueError:
            return "".join(self._pieces(text, error=error)).encode()

    def _pieces(self, text: str, *, error: bool) -> Iterator[str]:
        """Yield a text without secrets: each line of JSON on its own, all between them as one."""
        plain: list[str] = []
        for line in _LINES.split(text):
            clean = self._json_line(line, error=error)
            if clean is None:
                plain.append(line)
                continue
            if plain:
                yield self.text("".join(plain), error=error)
                plain = []
            yield clean
        yield self.text("".join(plain), error=error)

    def _json_line(self, line: str, *, error: bool) -> str | None:
        match = _JSON_LINE.fullmatch(line)
        if match is None or not line.rstrip().endswith(("}", "]")):
            return None
        try:
            return match[1] + self._document(match[2], error=error)
        except ValueError:
            return None

    def _document(self, text: str, *, error: bool) -> str:
        try:
            value = json.loads(text, object_pairs_hook=_Object)
        except RecursionError as nested:
            raise ValueError("nested too deeply to be read") from nested
        clean = self._value(value, error=error, conversation=False)
        if clean == value:
            return text
        # A name that stands twice in an object keeps its last value here, as for every reader.
        return json.dumps(_plain_json(clean), ensure_ascii=False, separators=(",", ":"))

    def _value(self, value: Any, *, error: bool, conversation: bool) -> Any:
        if isinstance(value, str):
            return self.text(value, error=error)
        if isinstance(value, _Object):
            return _Object(
                (
                    self.text(name, error=error),
                    SCRUBBED
                    if not conversation and _is_account_data(name, item)
                    else self._value(
                        item,
                        error=error,
                        conversation=conversation or name in _CONVERSATION_FIELDS,
                    ),
                )
                for name, item in value
            )
        if isinstance(value, list):
            return [self._value(v, error=error, conversation=conversation) for v in value]
        return value


class _Object(list[tuple[str, Any]]):
    """A JSON object with all its pairs: a name may stand in it twice, with a key as the first."""

    __slots__ = ()


def _plain_json(value: Any) -> Any:
    if isinstance(value, _Object):
        return {name: _plain_json(item) for name, item in value}
    return [_plain_json(item) for item in value] if isinstance(value, list) else value


def secrets_in_request(uri: str, headers: Mapping[str, str]) -> set[str]:
    """Return the keys, cookies and passwords a request carries."""
    found: set[str] = set()
    for name, value in headers.items():
        if name.lower() in _KEY_HEADERS:
            found.add(value.split()[-1] if value.split() else "")
        elif _SECRET_HEADER.search(name.lower()) and len(value) >= _SHORTEST_OF_OTHERS:
            found.add(value)
        elif name.lower() == "cookie":
            found.update(cookie.partition("=")[2].strip() for cookie in value.split(";"))
    parts = urlsplit(uri)
    found.update(unquote(name) for name in (parts.username, parts.password) if name)
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if _plain(unquote(name)) in _KEY_QUERY:
            found.update({value, unquote(value)})
    return found


def secrets_in_response(headers: Mapping[str, list[str]]) -> set[str]:
    """Return the cookie values a response sets."""
    return {
        cookie.partition(";")[0].partition("=")[2].strip()
        for name, values in headers.items()
        if name.lower() == "set-cookie"
        for cookie in values
    }


def secrets_in_environment() -> set[str]:
    """Return the key that models read from the environment, and the long ones of others."""
    return {
        value
        for name, value in os.environ.items()
        if name == "AIMLAPI_API_KEY"
        or (len(value) >= _SHORTEST_OF_OTHERS and _SECRET_VARIABLE.search(name.upper()))
    }


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _scrub_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    return f"{name}={SCRUBBED}" if equals and _plain(unquote(name)) in _KEY_QUERY else pair


def _is_response_header(name: str) -> bool:
    if name in RESPONSE_HEADERS:
        return True
    prefix, found, rest = name.partition(RESPONSE_HEADER_PREFIX)
    return bool(found) and not prefix and _plain(rest) not in _ACCOUNT_FIELDS


def _is_account_data(name: str, value: object) -> bool:
    return (
        isinstance(value, str | int | float)
        and not isinstance(value, bool)
        and _plain(name) in _ACCOUNT_FIELDS
    )
