"""Transports of our own clients: httpx's, on pools and sockets that obey deadlines.

They are subclasses, so that a method that is replaced on httpx's classes is called here too:
libraries that replay or trace requests replace methods. httpcore and h11 are not among the
dependencies: httpx is built on them and brings them.
"""

from __future__ import annotations

from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from langchain_aimlapi._http.bodies import CORE_ERRORS, httpx_error
from langchain_aimlapi._http.connections import AsyncConnectionPool, ConnectionPool
from langchain_aimlapi._http.requests import BODY
from langchain_aimlapi._http.sync_socket import SyncBackend

if TYPE_CHECKING:
    import ssl

    from langchain_aimlapi._http.async_connect import AsyncBackend


def _untouched(owner: type[Any], name: str) -> bool:
    """Return whether a method is the one that its package defines."""
    method = getattr(owner, name)
    package = owner.__module__.partition(".")[0]
    return (
        type(method) is FunctionType
        and method.__globals__.get("__name__", "").partition(".")[0] == package
    )


class Transport(httpx.HTTPTransport):
    """Sends the requests of a blocking client of ours.

    Args:
        verify: The certificates that are trusted.
        proxy: The way there.

    Raises:
        ValueError: The proxy's URL is none.
        ImportError: The proxy speaks SOCKS, and httpx[socks] is not installed.
    """

    def __init__(self, verify: ssl.SSLContext, proxy: httpx.Proxy | None = None) -> None:
        """Open nothing yet."""
        super().__init__(verify=verify, proxy=proxy)
        self._handed_over = False
        backend = SyncBackend()
        self._connections = ConnectionPool(
            httpcore.ConnectionPool(ssl_context=verify, network_backend=backend)
            if proxy is None
            else _proxied(
                httpcore.HTTPProxy, httpcore.SOCKSProxy, proxy, verify, network_backend=backend
            )
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the body of the response is not read yet."""
        if not (
            _untouched(httpx.HTTPTransport, "handle_request")
            and _untouched(httpcore.ConnectionPool, "handle_request")
        ):
            self._handed_over = True
            return super().handle_request(request)
        sent = _core_request(request)
        try:
            response = self._connections.handle_request(sent)
        except CORE_ERRORS as error:
            raise httpx_error(error, request) from error
        return _response(sent, response)

    def close(self) -> None:
        """Close what nobody uses; what is in use is closed after its use."""
        self._connections.close()
        if self._handed_over:
            super().close()


class AsyncTransport(httpx.AsyncHTTPTransport):
    """The same as `Transport`, with the sockets of the running event loop."""

    def __init__(
        self, verify: ssl.SSLContext, backend: AsyncBackend, proxy: httpx.Proxy | None = None
    ) -> None:
        """Open nothing yet."""
        super().__init__(verify=verify, proxy=proxy)
        self._handed_over = False
        self._connections = AsyncConnectionPool(
            httpcore.AsyncConnectionPool(ssl_context=verify, network_backend=backend)
            if proxy is None
            else _proxied(
                httpcore.AsyncHTTPProxy,
                httpcore.AsyncSOCKSProxy,
                proxy,
                verify,
                network_backend=backend,
            ),
            partial(backend.connect, verify) if proxy is None else None,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the body of the response is not read yet."""
        if not (
            _untouched(httpx.AsyncHTTPTransport, "handle_async_request")
            and _untouched(httpcore.AsyncConnectionPool, "handle_async_request")
        ):
            self._handed_over = True
            return await super().handle_async_request(request)
        sent = _core_request(request)
        try:
            response = await self._connections.handle_async_request(sent)
        except CORE_ERRORS as error:
            raise httpx_error(error, request) from error
        return _response(sent, response)

    async def aclose(self) -> None:
        """Close what nobody uses; what is in use is closed after its use."""
        await self._connections.aclose()
        if self._handed_over:
            await super().aclose()


def _proxied(
    http: Any, socks: Any, proxy: httpx.Proxy, verify: ssl.SSLContext, **settings: Any
) -> Any:
    """Return what connects through `proxy`."""
    url = httpcore.URL(
        scheme=proxy.url.raw_scheme,
        host=proxy.url.raw_host,
        port=proxy.url.port,
        target=proxy.url.raw_path,
    )
    settings |= {"proxy_url": url, "proxy_auth": proxy.raw_auth, "ssl_context": verify}
    if proxy.url.scheme.startswith("socks"):
        return socks(**settings)
    if proxy.url.scheme == "https":
        settings["proxy_ssl_context"] = proxy.ssl_context or verify
    return http(proxy_headers=proxy.headers.raw, **settings)


def _core_request(request: httpx.Request) -> httpcore.Request:
    url = request.url
    made = httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        content=request.stream,
        extensions=request.extensions,
    )
    made.headers = request.headers.raw  # not as an argument, of which each would be checked again
    return made


def _response(sent: httpcore.Request, response: httpcore.Response) -> httpx.Response:
    """Return httpx's form of a response.

    What answers refers to what was sent until its body is closed: the headers with the key and
    the body are let go of now.
    """
    sent.headers, sent.stream = [], ()
    stream: Any = response.stream
    extensions = {BODY: stream, **response.extensions}
    extensions.pop("reason_phrase", None)  # a server's own words for a status, which httpx logs
    return httpx.Response(
        response.status,
        headers=response.headers,
        stream=stream,
        extensions=extensions,
    )
