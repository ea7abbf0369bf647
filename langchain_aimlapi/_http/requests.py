"""What both clients do alike: make requests of an exchange, and know what is worth reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from langchain_aimlapi._http.decoding import acceptable, decoder_of
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping

    from langchain_aimlapi._http.decoding import Inflater
    from langchain_aimlapi._http.exchange import Exchange
    from langchain_aimlapi._http.redaction import Secret

NOT_MODIFIED = 304
DRAIN = 0.02
"""Seconds to wait, after `[DONE]`, for the end of a body, so that its connection is used again."""

BODY = "langchain_aimlapi.body"
"""The extension of a response of our own transports that holds its body."""
_SPENT = httpx.ByteStream(b"")
"""What a closed response has for a body."""
_ACCEPTED = "gzip"
"""What our own clients ask for; a body that is not encoded is always welcome."""


class Reply(NamedTuple):
    """A whole answer."""

    body: bytes
    headers: Mapping[str, str]
    """By lower-case name."""
    status: int = 200
    secrets: tuple[Secret, ...] = ()
    """What no error about it may show."""


def own_request(exchange: Exchange) -> httpx.Request:
    """Return a request that needs nothing from the client."""
    body = exchange.body
    # A stream instead of content: httpx would work out the headers above once more.
    return httpx.Request(
        exchange.method,
        exchange.url,
        headers=[
            (b"Host", exchange.url.netloc),
            *exchange.headers(),
            (b"Accept-Encoding", (exchange.line.accepted or _ACCEPTED).encode()),
            (b"Content-Length", str(len(body)).encode()),
        ],
        stream=httpx.ByteStream(body),
        extensions=exchange.start(),
    )


def users_request(exchange: Exchange, client: Any) -> Any:
    """Return a request that carries what the user set on the client: headers, cookies, auth.

    Of the encodings that the client takes, those are asked for that can be decoded in steps.
    """
    if client.is_closed:
        raise ConfigurationError("The http_client given to this model is closed.")
    accepted = exchange.line.accepted or acceptable(client.headers.get("accept-encoding", ""))
    return client.build_request(
        exchange.method,
        str(exchange.url),  # the client may be of another module
        content=exchange.body,
        headers=[*exchange.headers(), (b"Accept-Encoding", accepted.encode())],
        extensions=exchange.start(),
    )


def began(exchange: Exchange, response: httpx.Response) -> bool:
    """Note the headers of an answer; return whether its status is a success."""
    status = response.status_code
    ok = 200 <= status < 300 or (status == NOT_MODIFIED and exchange.conditional)  # noqa: PLR2004  # success
    exchange.note(_as_dict(response.headers), ok=ok)
    return ok


def taken(response: httpx.Response) -> Any:
    """Return what closes a response: of our own clients its body, for the rest to be freed.

    The rest is the request, with the key and the conversation, and the head of the answer, which
    the exchange knows: one of each per open stream. A response and its body refer to each other
    in httpx: they would wait for the collector of garbage, which takes longer the more there is.
    """
    body = response.extensions.get(BODY)
    if body is None:  # of the user's client, or of a tool that replays requests
        return response
    response.stream = _SPENT
    return body


def _as_dict(headers: httpx.Headers) -> dict[str, str]:
    """Return headers by their lower-case names; look-ups in a dict are faster than in httpx's."""
    found: dict[str, str] = {}
    try:
        for name, value in headers.raw:
            key, text = name.decode("ascii").lower(), value.decode("ascii")
            found[key] = f"{found[key]}, {text}" if key in found else text
    except UnicodeDecodeError:
        return dict(headers.items())
    return found


def pieces(exchange: Exchange, response: httpx.Response) -> Iterator[bytes]:
    """Return the pieces of a body, decoded.

    Without an encoding they come straight from the transport, which is faster for every read.

    Raises:
        UndecodableError: Its encoding was not asked for, or it is not encoded so.
    """
    if response.is_stream_consumed:  # by a hook of the user's client, or it is a mock's
        return response.iter_bytes()
    decoder, stream = _decoder(exchange), _stream(response)
    return iter(stream) if decoder is None else _decoded(stream, decoder)


def apieces(exchange: Exchange, response: httpx.Response) -> AsyncIterator[bytes]:
    """Return the pieces of a body, decoded, as `pieces` does."""
    if response.is_stream_consumed:
        return response.aiter_bytes()
    decoder, stream = _decoder(exchange), _stream(response)
    return aiter(stream) if decoder is None else _adecoded(stream, decoder)


def _stream(response: httpx.Response) -> Any:
    """Return the body, that of our own transports without what httpx puts around it."""
    return response.extensions.get(BODY) or response.stream


def _decoder(exchange: Exchange) -> Inflater | None:
    encoding = exchange.response_headers.get("content-encoding")
    return None if encoding is None else decoder_of(encoding)


def _decoded(stream: Iterable[bytes], decoder: Inflater) -> Iterator[bytes]:
    for piece in stream:
        yield from decoder.feed(piece)


async def _adecoded(stream: AsyncIterable[bytes], decoder: Inflater) -> AsyncIterator[bytes]:
    async for piece in stream:
        for decoded in decoder.feed(piece):
            yield decoded
