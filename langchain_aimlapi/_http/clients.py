"""The httpx clients of this process: made on first use, shared, and closed in their own loop.

Models with equal settings share connections. A client belongs to one process (a fork would read
another process's answers) and an async one to one event loop (its sockets are bound to it).
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import getproxies
from weakref import WeakSet

import httpx

from langchain_aimlapi._http.redaction import Hidden
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from langchain_aimlapi._http.redaction import Secret

KEEPALIVE_EXPIRY = 60.0
"""Seconds after which an idle connection is not used again."""


class Route(NamedTuple):
    """What two models have to agree about to share connections.

    Attributes:
        proxy: URL of the proxy of the settings.
        proxies: Those of the environment otherwise.
        certificates: `SSL_CERT_FILE` and `SSL_CERT_DIR` of the environment.
    """

    proxy: Secret | None
    proxies: Hidden[tuple[tuple[str, str], ...]]
    certificates: tuple[str | None, str | None]


def route_by(proxy: Secret | None) -> Route:
    """Return the route by `proxy`, or by what the environment says now."""
    certificates = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    proxies = () if proxy is not None else tuple(sorted(getproxies().items()))
    return Route(proxy, Hidden(proxies), certificates)


@lru_cache(maxsize=8)
def _ssl_context(certificates: tuple[str | None, str | None]) -> ssl.SSLContext:
    """Return the process's context for `certificates`, which httpx reads from the environment.

    Making one is slow: it reads all certificates of the machine.
    """
    del certificates
    return httpx.create_ssl_context()


def _new(kind: type[Any], route: Route) -> Any:
    """Return a new httpx client.

    There is no cap on connections: `abatch` of thousands is bounded by its own max_concurrency,
    and a cap here would only turn the rest into pool timeouts. Nor is there one on idle ones:
    httpcore 1.0 compares that with all connections, and closes what it could keep. Cookies are
    refused, because models with other keys share the client.

    Raises:
        ConfigurationError: A proxy of the settings or of the environment cannot be used.
    """
    try:
        verify = _ssl_context(route.certificates)
    except OSError as error:
        msg = f"The certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error}"
        raise ConfigurationError(msg) from None
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEEPALIVE_EXPIRY
    )
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    try:
        proxy = None if route.proxy is None else _proxy(route.proxy, verify)
        return kind(verify=verify, proxy=proxy, limits=limits, cookies=cookies)
    except (ValueError, ImportError, httpx.InvalidURL):
        # Their texts would show the URL of the proxy, which may hold a password.
        where = "The proxy" if route.proxy is not None else "A proxy of the environment"
        msg = (
            f"{where} cannot be used: it must be an http:// or https:// URL, or a socks5:// one "
            "with httpx[socks] installed. It is not shown here."
        )
    raise ConfigurationError(msg)


def _proxy(proxy: Secret, verify: ssl.SSLContext) -> httpx.Proxy:
    is_https = proxy.reveal().startswith("https:")  # only then httpx takes a context
    return httpx.Proxy(proxy.reveal(), ssl_context=verify if is_https else None)


class _Shared(NamedTuple):
    """A client and the objects that use it; the last one to close it does so."""

    client: Any
    owners: WeakSet[object]
    closes_with_loop: AsyncGenerator[None, None] | None = None


_Clients = dict[Route, _Shared]


class _Registry:
    def __init__(self) -> None:
        self.lock = threading.RLock()  # a finaliser that runs inside may close a model
        self.sync: _Clients = {}
        # Held strongly, until the loop is closed: its sockets would hold it anyhow.
        self.loops: dict[asyncio.AbstractEventLoop, _Clients] = {}


_registry = _Registry()
_of_parent_processes: list[_Registry] = []


def _forget_parent() -> None:
    # A child keeps the parent's clients without closing them, which would end TLS of the parent.
    global _registry  # noqa: PLW0603  # one per process
    _of_parent_processes.append(_registry)
    _registry = _Registry()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)


@atexit.register
def _close_all() -> None:
    with _registry.lock:
        clients, _registry.sync = _registry.sync, {}
    for shared in clients.values():
        shared.client.close()


def sync_client(owner: object, route: Route) -> httpx.Client:
    """Return the shared client for `route`, noting that `owner` uses it.

    Raises:
        ConfigurationError: A proxy or certificates cannot be used.
    """
    registry = _registry
    shared = registry.sync.get(route)
    if shared is None or owner not in shared.owners:
        with registry.lock:  # nobody closes it in between
            shared = registry.sync.get(route)
            if shared is None:
                shared = registry.sync[route] = _Shared(_new(httpx.Client, route), WeakSet())
            shared.owners.add(owner)
    client: httpx.Client = shared.client
    return client


def release(owner: object, route: Route) -> None:
    """Close the shared client for `route` unless somebody besides `owner` uses it."""
    with _registry.lock:
        shared = _take_if_unused(_registry.sync, owner, route)
    if shared is not None:
        shared.client.close()


async def async_client(owner: object, route: Route) -> httpx.AsyncClient:
    """Return the running loop's shared client for `route`, noting that `owner` uses it.

    Raises:
        ConfigurationError: A proxy or certificates cannot be used.
    """
    clients = _clients_of_loop()
    shared = clients.get(route)
    if shared is None:
        client: httpx.AsyncClient = _new(httpx.AsyncClient, route)
        closes = _close_with_loop(client, clients, route)
        # Nothing else of this loop runs before the first await, so no second client is made.
        shared = clients[route] = _Shared(client, WeakSet(), closes)
        await closes.__anext__()
    if owner not in shared.owners:
        shared.owners.add(owner)
    shared_client: httpx.AsyncClient = shared.client
    return shared_client


async def arelease(owner: object, route: Route) -> None:
    """Close the running loop's client for `route` unless somebody besides `owner` uses it."""
    shared = _take_if_unused(_clients_of_loop(), owner, route)
    if shared is not None and shared.closes_with_loop is not None:
        await shared.closes_with_loop.aclose()


def _take_if_unused(clients: _Clients, owner: object, route: Route) -> _Shared | None:
    """Take out and return the client for `route` if nobody but `owner` uses it."""
    shared = clients.get(route)
    if shared is None:
        return None
    shared.owners.discard(owner)
    return None if shared.owners else clients.pop(route)


def _clients_of_loop() -> _Clients:
    loop = asyncio.get_running_loop()
    clients = _registry.loops.get(loop)
    if clients is None:
        with _registry.lock:  # the dictionary is shared by the loops of all threads
            for closed in [other for other in _registry.loops if other.is_closed()]:
                del _registry.loops[closed]
            clients = _registry.loops[loop] = {}
    return clients


async def _close_with_loop(
    client: httpx.AsyncClient, clients: _Clients, route: Route
) -> AsyncGenerator[None, None]:
    """Close `client` when its loop ends.

    A loop closes the asynchronous generators that were started in it before it ends
    (`loop.shutdown_asyncgens`, which `asyncio.run` awaits). That is the only moment at which the
    sockets of a loop can still be closed properly, and this one waits for it.
    """
    try:
        yield
    finally:
        shared = clients.get(route)
        if shared is not None and shared.client is client:
            del clients[route]
        await client.aclose()
        if not clients:
            _forget_loop(clients)


def _forget_loop(clients: _Clients) -> None:
    loop = asyncio.get_running_loop()
    with _registry.lock:
        if _registry.loops.get(loop) is clients:
            del _registry.loops[loop]
