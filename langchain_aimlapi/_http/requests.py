"""Requests as httpx takes them, and bodies of its responses, decoded if that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from langchain_aimlapi._http.failures import UndecodableError
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from langchain_aimlapi._http.attempts import Attempts
    from langchain_aimlapi._http.redaction import Secret

ACCEPT_ENCODING = "gzip"
_NOT_ENCODED = frozenset({"", "identity", "none", "utf-8", "utf8", "us-ascii", "binary"})
"""Values of `Content-Encoding` that servers send for a body that is not encoded at all."""
_MAX_SHOWN_ENCODING = 100
"""Characters of an encoding's name that an error shows at most."""
_NO_BODY = httpx.ByteStream(b"")


class Reply(NamedTuple):
    """A whole response."""

    body: bytes
    headers: Mapping[str, str]
    """By lower-case name."""
    status: int = 200
    secrets: tuple[Secret, ...] = ()
    """What no error about it may show."""


def accepted_encoding(wanted: str) -> str:
    """Return the `Accept-Encoding` to send for one that the user or their client has set."""
    return ACCEPT_ENCODING if ACCEPT_ENCODING in wanted.lower() else "identity"


def shared_client_request(attempts: Attempts) -> httpx.Request:
    """Return a request that needs nothing from the client that sends it."""
    body = attempts.body
    # A stream instead of content: httpx would work out Host and Content-Length once more.
    return httpx.Request(
        attempts.method,
        attempts.url,
        headers=[
            (b"Host", attempts.url.netloc),
            *attempts.headers(),
            (b"Accept-Encoding", (attempts.defaults.accept_encoding or ACCEPT_ENCODING).encode()),
            (b"Content-Length", str(len(body)).encode()),
        ],
        stream=httpx.ByteStream(body),
        extensions=attempts.start(),
    )


def users_client_request(attempts: Attempts, client: Any) -> Any:
    """Return a request with what the user set on their client: headers, cookies, auth.

    Raises:
        ConfigurationError: The client is closed.
    """
    if client.is_closed:
        raise ConfigurationError("The http_client given to this model is closed.")
    accepted = attempts.defaults.accept_encoding or accepted_encoding(
        client.headers.get("accept-encoding", "")
    )
    return client.build_request(
        attempts.method,
        str(attempts.url),  # the client may be one of httpx2
        content=attempts.body,
        headers=[*attempts.headers(), (b"Accept-Encoding", accepted.encode())],
        extensions=attempts.start(),
    )


def free(response: httpx.Response) -> None:
    """Let a closed response be freed at once, and its request with the key and the conversation.

    In httpx a response and its body refer to each other, so they would wait for the collector of
    garbage.
    """
    if isinstance(response, httpx.Response):  # not one of httpx2
        response.stream = _NO_BODY


def iter_body(attempts: Attempts, response: httpx.Response) -> Iterator[bytes]:
    """Return an iterator of a body as it arrives, decoded by httpx if it is encoded.

    Raises:
        UndecodableError: Its encoding was not asked for.
    """
    return (
        response.iter_bytes() if _is_decoded_by_httpx(attempts, response) else response.iter_raw()
    )


def aiter_body(attempts: Attempts, response: httpx.Response) -> AsyncIterator[bytes]:
    """Return an iterator of a body as `iter_body` does."""
    return (
        response.aiter_bytes() if _is_decoded_by_httpx(attempts, response) else response.aiter_raw()
    )


def _is_decoded_by_httpx(attempts: Attempts, response: httpx.Response) -> bool:
    """Return whether httpx has to decode a body, or has read it already for the user's hook.

    Other encodings than gzip are refused: some kilobytes of them may stand for gigabytes.
    """
    encoding = attempts.response_headers.get("content-encoding")
    if encoding is None or response.is_stream_consumed:
        return response.is_stream_consumed
    names = [name.partition(";")[0].strip().lower() for name in encoding.split(",")]
    encodings = [name for name in names if name not in _NOT_ENCODED]
    if encodings not in ([], [ACCEPT_ENCODING]):
        shown = ", ".join(encodings)[:_MAX_SHOWN_ENCODING]
        raise UndecodableError(f"the encoding {shown!r} was not asked for")
    return bool(encodings)
