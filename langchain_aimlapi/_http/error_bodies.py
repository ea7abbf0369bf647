"""From an error body, whatever its bytes, to a typed error. Reading one never raises.

The service has three envelopes of its own and passes on OpenAI's from its upstreams. Proxies and
gateways before it answer in plain text, in HTML or not at all.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from langchain_aimlapi import errors
from langchain_aimlapi._http.redaction import Redactor
from langchain_aimlapi._text import printable_line

if TYPE_CHECKING:
    from pydantic import SecretStr

MAX_BODY = 64 * 1024
"""Bytes of an error body that are read at most."""
EXCERPT = 300
"""Characters of a body that an error shows at most."""
_MESSAGE = 2000
"""Characters of a service's own message that are kept at most."""

Hint = Callable[[errors.AIMLAPIError], "str | None"]

_CLASSES: dict[int, type[errors.APIStatusError]] = {
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    408: errors.StatusTimeoutError,
    409: errors.ServerError,
    425: errors.RateLimitError,
    429: errors.RateLimitError,
}

# Patterns of errors: compiled when the first error is read.
_CONTEXT = (
    r"(?i)context[_ -]?(length|window|limit|size)|maximum context|too many prompt tokens|"
    r"too_many_prompt_tokens|prompt (is )?too long|input (is )?too long|"
    r"(messages|conversation|input|prompt)[^.]{0,40} too long|exceed[^.]{0,60}context|"
    r"reduce the length of the (messages|prompt|input)|token count[^.]{0,40}exceed"
)
_NO_TEXT = (
    # A tag ends before the next one: looking for the end of each in the rest of the page would
    # take time that grows with the square of its length. Nobody's number of a character has so
    # many digits, and Python refuses to read some thousand of them.
    r"<[^<>]*>|&#[0-9]{8,};?"
)
_CREDITS = (
    r"(?i)insuffi(ci|c)[a-z]*[_ -]?(credit|fund|balance|quota)|out of credits|no credits|"
    r"top up your balance"
)

# Words by which an error inside a 200 answer names its kind when it names no status.
_WORDS: dict[int, tuple[str, ...]] = {
    400: ("invalid_request_error", "bad_request", "context_length_exceeded"),
    401: ("authentication_error", "invalid_api_key", "unauthorized"),
    403: ("permission_error", "permission_denied", "err_insufficent_credits"),
    404: ("not_found_error", "model_not_found", "not_found"),
    408: ("timeout",),
    413: ("request_too_large",),
    429: (
        *("rate_limit_error", "rate_limit_exceeded", "rate_limited", "too_many_requests"),
        "insufficient_quota",
    ),
    500: ("api_error", "server_error", "internal_server_error"),
    503: ("service_unavailable",),
    529: ("overloaded_error",),
}
_STATUS_OF_WORD = {word: status for status, words in _WORDS.items() for word in words}

_HINTS: dict[type[errors.AIMLAPIError], str] = {
    errors.InsufficientCreditsError: "Add credits at https://aimlapi.com/app/billing.",
    errors.AuthenticationError: (
        "Check the key: set AIMLAPI_API_KEY or api_key=... (https://aimlapi.com/app/keys)."
    ),
    errors.ContextLengthError: "Shorten the conversation, for instance with trim_messages.",
}


def error_from_response(
    status: int, body: bytes, *, secrets: Sequence[SecretStr] = (), hint: Hint | None = None
) -> errors.AIMLAPIError:
    """Return the error that a response with an error status stands for.

    Args:
        status: HTTP status.
        body: At most `MAX_BODY` bytes of it are read.
        secrets: Texts to be replaced by `***` in all that the error shows.
        hint: Asked for what to do next.
    """
    body = body[:MAX_BODY]
    try:
        payload = from_json(body)
    except ValueError:
        payload = None
    text = body.decode("utf-8", "replace")
    return _error(payload, text, status, secrets, hint)


def error_from_payload(
    payload: Any,
    *,
    secrets: Sequence[SecretStr] = (),
    chunks_received: int = 0,
    hint: Hint | None = None,
) -> errors.AIMLAPIError:
    """Return the error that an error inside a 200 answer or a stream stands for.

    Args:
        payload: The decoded JSON, or the text where it is none.
        secrets: Texts to be replaced by `***`.
        chunks_received: Chunks that were delivered before.
        hint: Asked for what to do next.
    """
    text = payload if isinstance(payload, str) else _as_text(payload)
    error = _error(payload, text, None, secrets, hint)
    error.chunks_received = chunks_received
    return error


def is_error_payload(payload: Any) -> bool:
    """Return whether a decoded 200 body or stream event is an error in one of the envelopes."""
    if not isinstance(payload, dict):
        return False
    if payload.get("error"):
        return True
    if "choices" in payload or "event" in payload:
        return False
    if payload.get("object") == "error" or payload.get("type") == "error":
        return True
    status = _as_status(payload.get("statusCode")) or _as_status(payload.get("status"))
    return status is not None or (
        "detail" in payload and not payload.keys() & {"id", "usage", "delta", "message"}
    )


def excerpt(body: bytes | str, limit: int = EXCERPT, *, secrets: Sequence[SecretStr] = ()) -> str:
    """Return the start of a body as one line of text: tags stripped, white space folded.

    Secrets are removed first, because they may be folded themselves, and again when no tag divides
    them, before the text is cut: the first half of a key must not stay behind.
    """
    redactor = Redactor(secrets)
    if isinstance(body, bytes):
        body = body[:MAX_BODY].decode("utf-8", "replace")
    text = redactor.redact(body[:MAX_BODY])
    if text.lstrip()[:1] == "<":
        text = re.sub(r"<(script|style)\b.*?(</\1>|\Z)", " ", text, flags=re.DOTALL | re.IGNORECASE)
        text = html.unescape(re.sub(_NO_TEXT, " ", text))
    text = redactor.redact(printable_line(" ".join(text.split())))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the headers ask to wait, or None when they say nothing usable.

    `retry-after-ms` wins over `Retry-After`, which is seconds or a date (RFC 9110, 10.2.3).
    """
    milliseconds, value = _number(headers.get("retry-after-ms")), headers.get("retry-after")
    seconds = _number(value) if milliseconds is None else milliseconds / 1000
    if seconds is None and value:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time()
        except (TypeError, ValueError, OverflowError):
            return None
    return seconds if seconds is not None and seconds > 0 else None


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_text(payload: Any) -> str:
    try:
        return json.dumps(payload, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # endless nesting, huge integers
        return ""


def _as_status(value: Any) -> int | None:
    """Return an error status of a body, which the service writes as number or string."""
    if isinstance(value, str) and value.isdecimal() and len(value) == len("404"):
        value = int(value)
    is_status = isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599  # noqa: PLR2004  # the error statuses
    return value if is_status else None


def _reported(body: Mapping[str, Any], nested: Mapping[str, Any]) -> str:
    """Return what the service says went wrong."""
    reported = next(_messages(body, nested), "")
    details = "; ".join(list(_complaints(body.get("meta")))[:5])
    return f"{reported}: {details}" if details and details not in reported else reported


def _messages(body: Mapping[str, Any], nested: Mapping[str, Any]) -> Iterator[str]:
    values = (nested.get("message"), *map(body.get, ("error", "message", "detail", "title")))
    for value in values:
        if isinstance(value, str) and value.strip():
            yield value
        elif isinstance(value, list):
            yield "; ".join(_detail(item) for item in value[:10])


def _detail(item: Any) -> str:
    """Return one entry of a `detail` or `message` list, with its place where it names one."""
    if isinstance(item, Mapping) and isinstance(complaint := item.get("msg"), str):
        place = item.get("loc")
        return (
            ".".join(map(str, place)) + f": {complaint}" if isinstance(place, list) else complaint
        )
    return item if isinstance(item, str) else _as_text(item)


def _complaints(meta: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """Yield `place: complaint` from the nested `_errors` lists of a validation error."""
    if not isinstance(meta, Mapping) or depth > 8:  # noqa: PLR2004  # deeper bodies are not the service's
        return
    found = meta.get("_errors")
    for complaint in found if isinstance(found, list) else ():
        if isinstance(complaint, str):
            yield f"{path}: {complaint}" if path else complaint
    for key, value in meta.items():
        yield from _complaints(value, f"{path}.{key}" if path else str(key), depth + 1)


def _reason(status: int | None) -> str:
    try:
        return HTTPStatus(status or 0).phrase
    except ValueError:
        return "The service answered with an error that says nothing"


def _status_of_words(words: str) -> int | None:
    return next((_STATUS_OF_WORD[w] for w in words.lower().split() if w in _STATUS_OF_WORD), None)


def _class_of(status: int | None, words: str, message: str) -> type[errors.APIStatusError]:
    text = f"{words} {message}"
    if re.search(_CREDITS, text) and status in {400, 402, 403, 429, None}:
        return errors.InsufficientCreditsError
    if status is None or status >= 500:  # noqa: PLR2004  # server errors
        # A wrapped upstream error may still be the conversation's length.
        is_length = re.search(_CONTEXT, words)
        return errors.ContextLengthError if is_length else errors.ServerError
    if status < 400:  # noqa: PLR2004  # redirects
        return errors.RedirectError
    known = _CLASSES.get(status)
    if known is not None:
        return known
    return errors.ContextLengthError if re.search(_CONTEXT, text) else errors.InvalidRequestError


def _error(
    payload: Any, text: str, status: int | None, secrets: Sequence[SecretStr], hint: Hint | None
) -> errors.AIMLAPIError:
    if isinstance(payload, list) and payload:
        payload = payload[0]  # as Google's services put it
    body = _object(payload)
    nested = _object(body.get("error"))
    codes = (nested.get("code"), nested.get("type"), body.get("code"), body.get("type"))
    kinds = (nested.get("name"), _object(nested.get("data")).get("kind"))
    found = (word for word in (*codes, *kinds) if isinstance(word, (str, int)))
    words = " ".join(map(str, found))[:_MESSAGE]
    shown = excerpt(text, secrets=secrets)
    message = excerpt(_reported(body, nested), _MESSAGE, secrets=secrets) or shown
    request_id = body.get("requestId") or body.get("request_id")
    stated = (body.get("statusCode"), body.get("status"), nested.get("status"), *codes)
    status = status or next(filter(None, map(_as_status, stated)), None) or _status_of_words(words)
    cls = _class_of(status, words, message)
    error = cls(
        message or _reason(status),
        status_code=status,
        request_id=Redactor(secrets).redact(request_id) if isinstance(request_id, str) else None,
        body_excerpt=shown or None,
    )
    error.hint = _HINTS.get(cls) or (hint(error) if hint is not None else None)
    return error
