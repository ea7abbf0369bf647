"""Is this the recorded request, and if not, where does it differ?

Requests are compared as they would stand in a cassette, so what is scrubbed there need not be
sent again. JSON bodies are compared as values: the order of keys, white space and the spelling of
random ids do not count.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vcr.errors import (  # type: ignore[import-untyped]  # vcrpy has no type hints
    CannotOverwriteExistingCassetteException,
)
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]  # vcrpy has no type hints

from langchain_aimlapi.testing import _scrub
from langchain_aimlapi.testing._ids import steady_ids
from langchain_aimlapi.testing._traffic import PUBLIC_BASE_URL, base_under_way, moved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MATCH_ON = ("method", "uri", "body")

_SHOWN_VALUE = 72
_SHOWN_DIFFERENCES = 12
_ABSENT = object()
_AGAIN = "pytest --record-mode=rewrite"


class CassetteMismatchError(CannotOverwriteExistingCassetteException):  # type: ignore[misc]  # vcrpy has no type hints
    """A request is not in the cassette, and recording was not asked for.

    A subclass of vcrpy's error for the same case, with a message that names the fields that
    differ from the closest recorded request.
    """

    def __init__(self, cassette: Any, failed_request: Any, again: str = "") -> None:
        """Compare the request with what the cassette still holds.

        Args:
            cassette: The `vcr.cassette.Cassette` in use.
            failed_request: The `vcr.request.Request` that was about to be sent.
            again: How to record it again.
        """
        super().__init__(cassette=cassette, failed_request=failed_request)
        self.args = (explain(cassette, failed_request, again or _AGAIN),)


def match_uri(sent: Any, recorded: Any) -> None:
    """Raise AssertionError where the URLs differ, credentials aside."""
    _assert_same(_uri_differences(sent, recorded))


def match_body(sent: Any, recorded: Any) -> None:
    """Raise AssertionError, naming the fields, where the bodies differ."""
    _assert_same(_body_differences(sent, recorded))


# vcrpy names a matcher by its function in its messages.
match_uri.__name__ = "uri"
match_body.__name__ = "body"
MATCHERS: dict[str, Callable[[Any, Any], None]] = {"uri": match_uri, "body": match_body}


def differences(recorded: Any, sent: Any, path: str = "") -> Iterator[str]:
    """Yield one line per place where two JSON values differ.

    Args:
        recorded: The value in the cassette.
        sent: The value of the request at hand.
        path: Where in the body the two stand, such as `messages[0].content`.
    """
    place = path or "body"
    if isinstance(recorded, dict) and isinstance(sent, dict):
        for name in [*recorded, *(n for n in sent if n not in recorded)]:
            below = f"{path}.{name}" if path else str(name)
            yield from differences(recorded.get(name, _ABSENT), sent.get(name, _ABSENT), below)
    elif isinstance(recorded, list) and isinstance(sent, list):
        if len(recorded) != len(sent):
            yield f"{place}: {_items(recorded)} in the cassette, {_items(sent)} sent"
        for index, (one, other) in enumerate(zip(recorded, sent, strict=False)):
            yield from differences(one, other, f"{place}[{index}]")
    elif recorded is _ABSENT:
        yield f"{place}: not in the cassette, {_shown(sent)} sent"
    elif sent is _ABSENT:
        yield f"{place}: {_shown(recorded)} in the cassette, not sent"
    # In JSON `true` is not 1, in Python it is.
    elif isinstance(recorded, bool) is not isinstance(sent, bool) or recorded != sent:
        at = _first_difference(recorded, sent)
        yield f"{place}: {_shown(recorded, at)} in the cassette, {_shown(sent, at)} sent"


def explain(cassette: Any, request: Any, again: str = _AGAIN) -> str:
    """Return why a cassette has no answer for a request, with the closest one's differences."""
    secrets = frozenset(_secrets(request))
    where = os.path.relpath(cassette._path)  # noqa: SLF001 - vcrpy has no other way to the path
    lines = [
        f"{request.method} {_clean_uri(request.uri, secrets)} is not in the cassette {where}",
        f"(record mode {RecordMode(cassette.record_mode).value}).",
    ]
    candidates = [
        (list(_all_differences(request, recorded)), cassette.play_counts[index], index + 1)
        for index, (recorded, _) in enumerate(cassette.data)
    ]
    waiting = [c for c in candidates if c[1] == 0 and c[0]]
    played = [number for found, _, number in candidates if not found]
    if not candidates:
        lines.append("There is no such cassette yet, or it is empty.")
    if played:
        numbers = ", ".join(map(str, played))
        lines.append(
            f"The same request was recorded {len(played)} time(s), as interaction {numbers} of"
            f" {len(candidates)}, and has been played already: it is sent more often now.",
        )
    elif waiting or candidates:
        found, _, number = min(waiting or candidates, key=lambda c: len(c[0]))
        lines.append(f"The closest is interaction {number} of {len(candidates)}:")
        lines.extend(f"  {line}" for line in found[:_SHOWN_DIFFERENCES])
        if len(found) > _SHOWN_DIFFERENCES:
            lines.append(f"  ... and {len(found) - _SHOWN_DIFFERENCES} more")
    lines.append(f"If the request is meant to be so, record again: {again}")
    return "\n".join(lines)


def _all_differences(sent: Any, recorded: Any) -> Iterator[str]:
    if sent.method != recorded.method:
        yield f"method: {recorded.method} in the cassette, {sent.method} sent"
    yield from _uri_differences(sent, recorded)
    yield from _body_differences(sent, recorded)


def _uri_differences(sent: Any, recorded: Any) -> Iterator[str]:
    secrets = frozenset(_secrets(sent))
    # A cassette of an earlier version may name the base URL it was recorded from.
    there = _clean_uri(moved(recorded.uri, base_under_way(), PUBLIC_BASE_URL), secrets)
    here = _clean_uri(sent.uri, secrets)
    if here != there:
        yield f"uri: {there} in the cassette, {here} sent"


def _body_differences(sent: Any, recorded: Any) -> Iterator[str]:
    secrets = frozenset(_secrets(sent))
    here, there = _value(_bytes(sent.body), secrets), _value(_bytes(recorded.body), secrets)
    yield from differences(there, here)


def _secrets(request: Any) -> set[str]:
    found = _scrub.secrets_in_request(request.uri, request.headers)
    return found | _scrub.secrets_in_environment()


@lru_cache(maxsize=64)
def _clean_uri(uri: str, secrets: frozenset[str]) -> str:
    return _scrub.Scrubber(secrets).uri(uri)


@lru_cache(maxsize=64)
def _value(body: bytes, secrets: frozenset[str]) -> Any:
    """Return a body as it is compared: a JSON value, else text, else bytes."""
    clean = _scrub.Scrubber(secrets).body(body)
    try:
        text = clean.decode()
    except UnicodeDecodeError:
        return clean
    try:
        return steady_ids(json.loads(text))
    except (ValueError, RecursionError):
        return text


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else bytes(body)


def _assert_same(found: Iterator[str]) -> None:
    lines = list(found)
    if lines:
        raise AssertionError("\n".join(lines))


def _items(values: list[Any]) -> str:
    return "1 item" if len(values) == 1 else f"{len(values)} items"


def _first_difference(one: Any, other: Any) -> int:
    if isinstance(one, str) and isinstance(other, str):
        pairs = enumerate(zip(one, other, strict=False))
        return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    return 0


def _shown(value: Any, at: int = 0) -> str:
    """Return a value for a message; of a long text the part around position `at`."""
    if isinstance(value, str | bytes):
        start = max(0, at - _SHOWN_VALUE // 3) if len(value) > _SHOWN_VALUE else 0
        part = value[start : start + _SHOWN_VALUE]
        left = "..." if start else ""
        right = "..." if start + len(part) < len(value) else ""
        return f"{left}{part!r}{right}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_VALUE else f"{text[:_SHOWN_VALUE]}..."
