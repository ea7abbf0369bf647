"""The settings of vcrpy: how cassettes are written, what stays out of them, and what matches.

A cassette has vcrpy's own format, so vcrpy alone reads it too. Whatever settings a project has,
the serializer lets through the headers of a list only, and takes the keys of the requests out of
everything that it writes.
"""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx
import yaml
from pydantic import SecretStr

from langchain_aimlapi._http.checks import DEFAULT_BASE_URL
from langchain_aimlapi._http.redaction import Redactor
from langchain_aimlapi._http.requests import USER_AGENT
from langchain_aimlapi.testing._replay import KEY_VARIABLE, MADE_UP_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

_PRODUCT = USER_AGENT.partition("/")[0]
PUBLIC_ROOT = DEFAULT_BASE_URL.removesuffix("/v1")
SCRUBBED = "SCRUBBED"

_REQUEST_HEADERS = frozenset({"accept", "content-type", "if-none-match", "x-client-request-id"})
_RESPONSE_HEADERS = frozenset(
    {
        "content-type", "etag", "retry-after", "retry-after-ms", "x-aimlapi-credits-used",
        "x-aimlapi-usd-spent", "x-client-request-id", "x-inference-id", "x-request-id",
    }
)  # fmt: skip
_SECRET_HEADER = re.compile(r"auth|key|token|secret|password", re.IGNORECASE)
_MIN_CHARACTERS_OF_A_KEY = 8  # a shorter one would turn up in ordinary words

# The paths of the service's API, behind whatever base URL.
_SERVICE_PATH = re.compile(
    r"(?<!/)(/v\d+)?(/(?:chat/completions|responses|messages|embeddings|batches|models|billing|usage|logs)"
    r"(?:[/?].*)?)$"
)
_METRICS = "/models/metrics"  # stands beside the version, not below it


def configure(vcr: Any) -> Any:
    """Make a `vcr.VCR` read, match and write cassettes as this package has them.

    Args:
        vcr: The object to set up.

    Returns:
        The same object.
    """
    secrets: set[str] = set()
    merged = vcr.get_merged_config

    def get_merged_config(**settings: Any) -> dict[str, Any]:
        # Around a project's own settings: its filters could hide a key from the one that looks
        # for it, or leave one in.
        config: dict[str, Any] = merged(**settings)
        theirs = config["before_record_request"]

        def before_record_request(request: Any) -> Any:
            for name, value in request.headers.items():
                if _SECRET_HEADER.search(name):
                    secrets.update(str(value).split()[-1:])  # without `Bearer`
            ours = str(request.headers.get("user-agent", "")).startswith(_PRODUCT)
            filtered = theirs(request)
            if filtered is not None and ours:
                filtered.uri = public_uri(filtered.uri)
            return filtered

        clean = CleanSerializer(config["serializer"], secrets)
        return {**config, "before_record_request": before_record_request, "serializer": clean}

    vcr.register_serializer("yaml", ReadableYAML)
    vcr.register_matcher("body", match_body)
    vcr.match_on = ("method", "uri", "body")
    vcr.get_merged_config = get_merged_config
    return vcr


def public_uri(uri: str) -> str:
    """Return where the service itself has what was asked for below some other base URL."""
    found = _SERVICE_PATH.search(uri)
    if found is None:
        return uri
    version, path = found.groups()
    return PUBLIC_ROOT + (version or ("" if path.startswith(_METRICS) else "/v1")) + path


# --- what is written ---
class CleanSerializer:
    """Hands interactions without secrets to a serializer."""

    def __init__(self, serializer: Any, secrets: set[str]) -> None:
        """Remember the set of secrets, which grows while a cassette is recorded."""
        self._serializer = serializer
        self._secrets = secrets

    def deserialize(self, text: Any) -> Any:
        """Return what a cassette holds."""
        return self._serializer.deserialize(text)

    def serialize(self, cassette: dict[str, Any]) -> Any:
        """Return what is written to the disk."""
        known = {*self._secrets, os.environ.get(KEY_VARIABLE, "")} - {MADE_UP_KEY, SCRUBBED}
        found = (SecretStr(text) for text in known if len(text) >= _MIN_CHARACTERS_OF_A_KEY)
        redactor = Redactor(found, SCRUBBED)
        for interaction in cassette["interactions"]:
            request, response = interaction["request"], interaction["response"]
            request["headers"] = _allowed(request["headers"], _REQUEST_HEADERS)
            request["body"] = _readable(request["body"])
            response["body"]["string"] = _readable(_decoded(response))
            response["headers"] = _allowed(response["headers"], _RESPONSE_HEADERS)
        return self._serializer.serialize(_redacted(cassette, redactor))


def _decoded(response: dict[str, Any]) -> Any:
    """Return a body that is not compressed: a key in a compressed one would not be found."""
    body = response["body"]["string"]
    lines = [(name, value) for name, values in response["headers"].items() for value in values]
    encoding = httpx.Headers(lines).get("content-encoding")
    if encoding is None or not isinstance(body, bytes):
        return body
    return httpx.Response(200, headers={"content-encoding": encoding}, content=body).content


def _allowed(headers: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name.lower(): headers[name] for name in sorted(headers) if name.lower() in names}


def _readable(body: Any) -> Any:
    """Return a body as it is written: JSON over several lines, other text as it is, or bytes."""
    try:
        text = body.decode() if isinstance(body, bytes) else body
    except UnicodeDecodeError:
        return body
    try:
        value = json.loads(text)
        pretty = json.dumps(value, ensure_ascii=False, indent=2)
        pretty.encode()  # which lone surrogates refuse
    except (TypeError, ValueError, RecursionError):
        return text
    if not isinstance(value, dict | list):
        return text
    # Outside of strings JSON is ASCII, so an escape can only fall into a string.
    return _NOT_IN_A_BLOCK.sub(lambda match: json.dumps(match[0])[1:-1], pretty)


def _redacted(value: Any, redactor: Redactor) -> Any:
    if isinstance(value, str):
        return redactor.redact(value)
    if isinstance(value, bytes):  # each byte is a character in Latin-1
        return redactor.redact(value.decode("latin-1")).encode("latin-1")
    if isinstance(value, list | tuple):
        return [_redacted(item, redactor) for item in value]
    if isinstance(value, dict):
        return {name: _redacted(item, redactor) for name, item in value.items()}
    return value


# --- YAML ---
# What YAML shows as it is inside of a literal block, the same to every reader. U+0085, U+2028 and
# U+2029 are line breaks there, U+FEFF is a byte order mark, and a tab may count as indentation.
_NOT_IN_A_BLOCK = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


class ReadableYAML:
    """Writes bodies as blocks: JSON pretty-printed, streams with an event a line."""

    @staticmethod
    def serialize(data: dict[str, Any]) -> str:
        """Return the text of a cassette."""
        return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31)

    @staticmethod
    def deserialize(text: str) -> Any:
        """Return what the text of a cassette says; only plain data is read."""
        return yaml.load(text, Loader=_SafeLoader)  # noqa: S506  # a safe loader


_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C: twenty times faster


class _Dumper(yaml.SafeDumper):
    """Writes texts in a style of their own."""


def _text_node(dumper: yaml.SafeDumper, text: str) -> Any:
    style = '"' if _NOT_IN_A_BLOCK.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)


# --- what matches ---
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MAX_DIFFERENCES = 12
_MAX_SHOWN_CHARACTERS = 72


def match_body(sent: Any, recorded: Any) -> None:
    """Compare bodies, as values where they are JSON.

    Raises:
        AssertionError: They differ; it names the fields.
    """
    found = list(_differences(_fields_of(recorded.body), _fields_of(sent.body)))
    if len(found) > _MAX_DIFFERENCES:
        found[_MAX_DIFFERENCES:] = [f"... and {len(found) - _MAX_DIFFERENCES} more"]
    if found:
        raise AssertionError("\n".join(found))


def _fields_of(body: Any) -> dict[str, str]:
    return _read(body if isinstance(body, str) else bytes(body or b"").decode(errors="replace"))


@lru_cache(maxsize=256)  # each request is compared with all that a cassette holds
def _read(text: str) -> dict[str, str]:
    """Return what a body holds, as JSON, by where it stands: `messages[0].content`.

    UUIDs are numbered in their order: LangChain makes up other ones for tool calls in each run
    (`tool_example_to_messages`), so which of them are equal counts, not how they are spelled.
    """
    numbers: dict[str, str] = {}
    text = _UUID.sub(lambda id_: numbers.setdefault(id_[0], f"uuid-{len(numbers)}"), text)
    try:
        return dict(_leaves(json.loads(text)))
    except (ValueError, RecursionError):
        return dict(_leaves(text))


def _differences(recorded: dict[str, str], sent: dict[str, str]) -> Iterator[str]:
    """Yield a line for each place where what a cassette holds and what is sent differ."""
    for path in recorded | sent:
        one, other = recorded.get(path), sent.get(path)
        if one != other:
            start = len(os.path.commonprefix([one or "", other or ""]))  # noqa: RUF071  # texts
            shown = (_shown(text, start) + " " if text else "not " for text in (one, other))
            yield "{}: {}in the cassette, {}sent".format(path, *shown)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts, numbers and so on in a JSON value, and where they stand."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path or "body", repr(value) if isinstance(value, str) else json.dumps(value)


def _shown(text: str, position: int) -> str:
    """Return a text for a message; of a long one the part around a position."""
    start = max(0, min(position - _MAX_SHOWN_CHARACTERS // 3, len(text) - _MAX_SHOWN_CHARACTERS))
    end = start + _MAX_SHOWN_CHARACTERS
    return ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")
