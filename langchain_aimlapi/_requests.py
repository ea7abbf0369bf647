"""What both clients do alike: make requests of an exchange, and know what is worth reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import httpx

from langchain_aimlapi._error_bodies import MAX_BODY
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_aimlapi._exchange import Exchange

DRAIN = 0.02
"""Seconds to wait, after `[DONE]`, for the end of a body, so that its connection is used again."""

# What httpx raises for a transport; anything else is a defect and stays what it is.
HTTPX_ERRORS = (httpx.TransportError, httpx.DecodingError, httpx.InvalidURL)


class Reply(NamedTuple):
    """A whole answer."""

    body: bytes
    headers: httpx.Headers


def own_request(exchange: Exchange, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
    """Return a request that needs nothing from the client but its accepted encodings."""
    body = exchange.body
    headers = [
        (b"Host", exchange.url.netloc),
        *exchange.headers,
        (b"Accept-Encoding", client.headers["accept-encoding"].encode()),
        (b"Content-Length", str(len(body)).encode()),
    ]
    # A stream instead of content: httpx would work out the headers above once more.
    return httpx.Request(
        exchange.method,
        exchange.url,
        headers=headers,
        stream=httpx.ByteStream(body),
        extensions=exchange.start(),
    )


def users_request(exchange: Exchange, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
    """Return a request that carries what the user set on the client: headers, cookies, auth."""
    if client.is_closed:
        raise ConfigurationError("The http_client given to this model is closed.")
    return client.build_request(
        exchange.method,
        exchange.url,
        content=exchange.body,
        headers=exchange.headers,
        extensions=exchange.start(),
    )


def is_ok(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004  # the success statuses


def limit_of(response: httpx.Response) -> int | None:
    """Return how many bytes are worth reading: an answer whole, an error's start."""
    return None if is_ok(response.status_code) else MAX_BODY
