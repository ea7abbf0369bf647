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

Only safe YAML is read. Cassettes that vcrpy wrote in its own format can be read, too.
"""

from __future__ import annotations

import base64
import http
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

# The C loader reads a long stream some twenty times faster; both know only plain data.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What YAML shows as it is inside a literal block, the same to every reader. U+0085, U+2028 and
# U+2029 are line breaks there, U+FEFF is a byte order mark, and a tab may count as indentation.
_BLOCK_TEXT = re.compile(
    "[\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*",
)
_NOT_BLOCK_TEXT = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]",
)
_WIDTH_WITHOUT_FOLDING = 2**31


class CassetteFormatError(ValueError):
    """A cassette file cannot be read; the message says where and why."""


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
        data = yaml.load(text, Loader=_SafeLoader)  # noqa: S506 - a safe loader, see above
        interactions = [
            {"request": _read_request(i["request"]), "response": _read_response(i["response"])}
            for i in data["interactions"] or ()
        ]
        return {"source": str(data.get("source") or ""), "interactions": interactions}
    except yaml.YAMLError as error:
        raise CassetteFormatError(f"not readable as YAML: {error}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CassetteFormatError(f"not a cassette: {type(error).__name__}: {error}") from error


def _write_request(request: dict[str, Any]) -> dict[str, Any]:
    written = {"method": request["method"], "uri": request["uri"]}
    headers = {name: _one(value) for name, value in request["headers"].items()}
    return _with_parts(written, headers, request["body"])


def _write_response(response: dict[str, Any]) -> dict[str, Any]:
    code, message = response["status"]["code"], response["status"].get("message")
    status = code if message in (None, "", _phrase(code)) else {"code": code, "message": message}
    headers = {name: _one(value) for name, value in response["headers"].items()}
    return _with_parts({"status": status}, headers, response["body"]["string"])


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


def _read_request(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "method": data["method"],
        "uri": data["uri"],
        "headers": {name: _many(value) for name, value in (data.get("headers") or {}).items()},
        "body": _read_body(data.get("body")),
    }


def _read_response(data: dict[str, Any]) -> dict[str, Any]:
    status = data["status"]
    if not isinstance(status, dict):
        status = {"code": int(status), "message": _phrase(int(status))}
    return {
        "status": status,
        "headers": {name: _many(value) for name, value in (data.get("headers") or {}).items()},
        "body": {"string": _read_body(data.get("body"))},
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
        (read,) = (read for name, read in _BODY_FORMS.items() if name in body)
        return read(body)
    if isinstance(body, str):
        return body.encode()
    return bytes(body or b"")


def _read_text(body: dict[str, Any]) -> bytes:
    text: str = body["text"]
    return (text.replace("\n", "\r\n") if body.get("newlines") == "crlf" else text).encode()


_BODY_FORMS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "json": lambda body: str(body["json"]).strip().encode(),
    "text": _read_text,
    "base64": lambda body: base64.b64decode(body["base64"]),
    "string": lambda body: _read_body(body["string"]),  # vcrpy's own format
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
    except ValueError:
        return None
    if not isinstance(value, dict | list) or text.strip() != text.removesuffix("\n"):
        return None
    pretty = json.dumps(value, ensure_ascii=False, indent=2)
    # Outside of strings JSON is ASCII, so an escape can only fall into a string.
    return _NOT_BLOCK_TEXT.sub(lambda match: json.dumps(match[0])[1:-1], pretty) + "\n"


def _exact_float(literal: str) -> float:
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


def _phrase(code: int) -> str:
    try:
        return http.HTTPStatus(code).phrase
    except ValueError:
        return ""


def _one(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return value[0] if len(value) == 1 else list(value)
    return value


def _many(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
