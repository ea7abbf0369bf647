"""The cassette format: YAML that reads like the exchange it holds.

    source: recorded from the live service on 2026-03-01
    interactions:
    - request:
        method: POST
        uri: https://api.aimlapi.com/v1/chat/completions
        headers:
          content-type: application/json
        body:
          json: |
            {
              "model": "anthropic/claude-sonnet-4",
              ...
      response:
        status: 200
        headers:
          content-type: text/event-stream
        body:
          text: |
            data: {"id":"msg_01", ...}

            data: ...

A body is written in the most readable form that gives the same body back:

- `json`: pretty-printed, where parsing and printing change nothing but white space. The replayed
  body is the text of the block.
- `text`: byte for byte, event streams among them; `newlines: crlf` where every line ends so.
- `base64`: whatever is not UTF-8.

Only texts, lists and mappings are read; YAML's numbers, dates and tags of other kinds stay text or
are refused, and nothing is expanded, so that no file takes long or much to be refused. Cassettes
that vcrpy wrote in its own format can be read, too.
"""

from __future__ import annotations

import base64
import http
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_STATUS = re.compile("[1-9][0-9][0-9]")

_KINDS = ("null", "str", "binary", "seq", "map")
_PREFIX = "tag:yaml.org,2002:"


def _only_plain(base: Any) -> Any:
    """Return a loader that knows texts, bytes, lists and mappings; it refuses everything else.

    YAML's own numbers would cost time: `1:1:1:...` is one to the base of 60, of any length.
    """
    nulls = {
        start: [(tag, pattern) for tag, pattern in rules if tag == f"{_PREFIX}null"]
        for start, rules in base.yaml_implicit_resolvers.items()
    }
    known: dict[str | None, Any] = {
        f"{_PREFIX}{kind}": base.yaml_constructors[f"{_PREFIX}{kind}"] for kind in _KINDS
    }
    known[None] = base.yaml_constructors[None]  # which refuses
    members = {"yaml_implicit_resolvers": nulls, "yaml_constructors": known}
    return type("_Loader", (base,), members)


# The C loader reads a long stream some twenty times faster.
_SafeLoader = _only_plain(getattr(yaml, "CSafeLoader", yaml.SafeLoader))

# What YAML shows as it is inside a literal block, the same to every reader. U+0085, U+2028 and
# U+2029 are line breaks there, U+FEFF is a byte order mark, and a tab may count as indentation.
_BLOCK_TEXT = re.compile(
    "[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*",
)
_NOT_BLOCK_TEXT = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]",
)
_WIDTH_WITHOUT_FOLDING = 2**31
_LONGEST_FLOAT = 400
"""Characters; the conversion of thousands of digits would take long."""


class CassetteFormatError(ValueError):
    """A cassette cannot be read, or cannot be written; the message says where and why."""


class _Block(str):
    """Text that is written as a literal block."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes every text that can stand in a literal block as one.

    PyYAML gives up on blocks as soon as one line ends in a space, although a literal block keeps
    such spaces; streams do have such lines.
    """

    def analyze_scalar(self, scalar: str) -> Any:
        analysis = super().analyze_scalar(scalar)
        if isinstance(scalar, str) and _BLOCK_TEXT.fullmatch(scalar):
            analysis.allow_block = True
        elif "\x85" in scalar:  # raw, it would be read as a line feed; in double quotes it is \N
            analysis.allow_flow_plain = analysis.allow_block_plain = False
            analysis.allow_single_quoted = analysis.allow_block = False
        return analysis


_Dumper.add_representer(
    _Block,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|"),
)


def dumps(interactions: list[dict[str, Any]], source: str) -> str:
    """Return the text of a cassette.

    Args:
        interactions: What vcrpy keeps: `{"request": {...}, "response": {...}}` each.
        source: One line on where the exchange comes from.
    """
    data = {
        "source": source,
        "interactions": [
            {"request": _write_request(i["request"]), "response": _write_response(i["response"])}
            for i in interactions
        ],
    }
    return yaml.dump(
        data,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_WIDTH_WITHOUT_FOLDING,
    )


def loads(text: str) -> dict[str, Any]:
    """Read the text of a cassette.

    Returns:
        `{"source": str, "interactions": [...]}`, each interaction as vcrpy keeps it, with bodies
        as bytes.

    Raises:
        CassetteFormatError: The text is not YAML, or not a cassette.
    """
    try:
        data = yaml.load(text, Loader=_SafeLoader)  # noqa: S506 - a safe loader
        interactions = [
            {"request": _read_request(i["request"]), "response": _read_response(i["response"])}
            for i in _a(list, data["interactions"] or [], "interactions")
        ]
        return {"source": _a(str, data.get("source") or "", "source"), "interactions": interactions}
    except yaml.YAMLError as error:
        raise CassetteFormatError(f"not readable as YAML: {error}") from error
    except RecursionError:
        raise CassetteFormatError("not readable as YAML: nested too deeply") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CassetteFormatError(f"not a cassette: {type(error).__name__}: {error}") from error


def _a(kind: type[_T], value: Any, name: str) -> _T:
    """Return a value of the file if it is of its kind; the value itself is never shown."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} is a {type(value).__name__}, not a {kind.__name__}")
    return value


def _write_request(request: dict[str, Any]) -> dict[str, Any]:
    written = {"method": request["method"], "uri": request["uri"]}
    headers = {name: _one(value) for name, value in request["headers"].items()}
    return _with_parts(written, headers, request["body"])


def _write_response(response: dict[str, Any]) -> dict[str, Any]:
    # The phrase is whatever the server likes to send, up to the key; nobody reads it.
    written = {"status": response["status"]["code"]}
    headers = {name: _one(value) for name, value in response["headers"].items()}
    return _with_parts(written, headers, response["body"]["string"])


def _with_parts(
    written: dict[str, Any],
    headers: dict[str, Any],
    body: bytes | str | None,
) -> dict[str, Any]:
    if headers:
        written["headers"] = headers
    if body:
        written["body"] = _write_body(body.encode() if isinstance(body, str) else body)
    return written


def _read_request(data: Any) -> dict[str, Any]:
    data = _a(dict, data, "request")
    return {
        "method": _a(str, data["method"], "method"),
        "uri": _a(str, data["uri"], "uri"),
        "headers": _read_headers(data.get("headers")),
        "body": _read_body(data.get("body")),
    }


def _read_response(data: Any) -> dict[str, Any]:
    data = _a(dict, data, "response")
    written = data["status"]
    code = _a(str, written["code"] if isinstance(written, dict) else written, "status")
    if not _STATUS.fullmatch(code):
        raise ValueError("status is not a number of three digits")
    return {
        "status": status(int(code)),
        "headers": _read_headers(data.get("headers")),
        "body": {"string": _read_body(data.get("body"))},
    }


def _read_headers(data: Any) -> dict[str, list[str]]:
    return {
        _a(str, name, "the name of a header"): [
            _a(str, item or "", "a header")
            for item in (value if isinstance(value, list) else [value])
        ]
        for name, value in _a(dict, data or {}, "headers").items()
    }


def _write_body(body: bytes) -> dict[str, str]:
    pretty = _pretty_json(body)
    if pretty is not None:
        return {"json": _Block(pretty)}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"base64": _Block(base64.encodebytes(body).decode("ascii"))}
    unix = text.replace("\r\n", "\n")
    if "\r\n" in text and unix.replace("\n", "\r\n") == text:
        return {"newlines": "crlf", "text": _Block(unix)}
    return {"text": _Block(text)}


def _read_body(body: Any) -> bytes:
    if isinstance(body, dict):
        (name,) = (name for name in _BODY_FORMS if name in body)
        return _BODY_FORMS[name](body)
    if isinstance(body, bytes):
        return body
    return _a(str, body or "", "body").encode()


def _read_text(body: dict[str, Any]) -> bytes:
    text = _a(str, body["text"] or "", "text")
    return (text.replace("\n", "\r\n") if body.get("newlines") == "crlf" else text).encode()


def _read_string(body: dict[str, Any]) -> bytes:
    text = body["string"]
    return text if isinstance(text, bytes) else _a(str, text or "", "string").encode()


_BODY_FORMS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "json": lambda body: _a(str, body["json"], "json").strip().encode(),
    "text": _read_text,
    "base64": lambda body: base64.b64decode(_a(str, body["base64"], "base64")),
    "string": _read_string,  # vcrpy's own format
}


def _pretty_json(body: bytes) -> str | None:
    """Return an object or list pretty-printed, or `None` where printing would change it."""
    try:
        text = body.decode()
        value = json.loads(
            text,
            parse_float=_exact_float,
            parse_constant=_refuse,
            object_pairs_hook=_distinct,
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict | list) or text.strip() != text.removesuffix("\n"):
        return None
    pretty = json.dumps(value, ensure_ascii=False, indent=2)
    # Outside of strings JSON is ASCII, so an escape can only fall into a string.
    return _NOT_BLOCK_TEXT.sub(lambda match: json.dumps(match[0])[1:-1], pretty) + "\n"


def _exact_float(literal: str) -> float:
    if len(literal) > _LONGEST_FLOAT:
        raise ValueError("more digits than a float has")
    number = float(literal)
    if Decimal(repr(number)) != Decimal(literal):
        raise ValueError(f"{literal} is not exact as a float")
    return number


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("the same name twice in an object")
    return value


def status(code: int) -> dict[str, Any]:
    """Return what vcrpy keeps of a status, with the phrase that everybody knows it by."""
    try:
        phrase = http.HTTPStatus(code).phrase
    except ValueError:
        phrase = ""
    return {"code": code, "message": phrase}


def _one(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return value[0] if len(value) == 1 else list(value)
    return value
