"""The httpx clients of this process: made on first use, shared, and closed in their own loop.

Models with equal settings share connections. A client belongs to one process (a fork would read
another process's answers) and an async one to one event loop (its sockets are bound to it).
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import getproxies
from weakref import WeakSet

import httpx

from langchain_aimlapi._http.redaction import Hidden
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable

    from langchain_aimlapi._http.async_connect import AsyncBackend
    from langchain_aimlapi._http.redaction import Secret


class _NoCookies(httpx.Cookies):
    """Keeps none: models with other keys share the client, and none is ever sent back.

    Besides, looking for them takes time in every call.
    """

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them in the headers."""


class _Client(httpx.Client):
    @property  # type: ignore[misc]  # httpx's can be set; nobody sets ours
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES


class _AsyncClient(httpx.AsyncClient):
    @property  # type: ignore[misc]  # the same
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES


_NO_COOKIES = _NoCookies()


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


def _make(kind: type[Any], transport: Callable[..., Any], route: Route) -> Any:
    """Return a new client of our own transports.

    There is no cap on connections: `abatch` of thousands is bounded by its own max_concurrency,
    and a cap here would only turn the rest into pool timeouts.

    Raises:
        ConfigurationError: A proxy of the settings or of the environment cannot be used.
    """
    try:
        verify = _ssl_context(route.certificates)
    except OSError as error:
        msg = f"The certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error}"
        raise ConfigurationError(msg) from None
    try:
        transports = {
            pattern: None if proxy is None else transport(verify, proxy=httpx.Proxy(proxy))
            for pattern, proxy in _proxies(route).items()
        }
        return kind(transport=transport(verify), mounts=transports, follow_redirects=False)
    except (ValueError, ImportError, httpx.InvalidURL):
        # Their texts would show the URL of the proxy, which may hold a password.
        where = "The proxy" if route.proxy is not None else "A proxy of the environment"
        msg = (
            f"{where} cannot be used: it must be an http:// or https:// URL, or a socks5:// one "
            "with httpx[socks] installed. It is not shown here."
        )
    raise ConfigurationError(msg)


def _proxies(route: Route) -> dict[str, str | None]:
    """Return the proxy for each pattern of URLs; None where there is none.

    httpx reads the environment in the same way, but only for transports of its own.
    """
    if route.proxy is not None:
        return {"all://": route.proxy.reveal()}
    named = dict(route.proxies.reveal())
    found: dict[str, str | None] = {
        f"{scheme}://": proxy if "://" in proxy else f"http://{proxy}"
        for scheme in ("http", "https", "all")
        if (proxy := named.get(scheme))
    }
    spared = [host.strip() for host in named.get("no", "").split(",")]
    if "*" in spared:
        return {}
    return found | {_pattern(host): None for host in spared if host}


def _pattern(host: str) -> str:
    """Return the pattern of the URLs that an entry of NO_PROXY stands for."""
    if "://" in host:
        return host
    try:
        version = ip_address(host.partition("/")[0]).version
    except ValueError:
        return f"all://{host}" if host.lower() == "localhost" else f"all://*{host}"
    return f"all://{host}" if version == 4 else f"all://[{host}]"  # noqa: PLR2004  # of IP


class _Shared(NamedTuple):
    """A client and the objects that use it; the last one to close it does so."""

    client: Any
    owners: WeakSet[object]
    guard: AsyncGenerator[None, None] | None = None
    backend: AsyncBackend | None = None


_Clients = dict[Route, _Shared]


class _Registry:
    def __init__(self) -> None:
        self.lock = threading.RLock()  # a finaliser that runs inside may close a model
        self.sync: _Clients = {}
        # Held strongly, until the loop is closed: its sockets would hold it anyhow.
        self.loops: dict[asyncio.AbstractEventLoop, _Clients] = {}


_registry = _Registry()
_left_behind: list[_Registry] = []


def _forget_parent() -> None:
    # After a fork the child drops the parent's sockets without closing them: a TLS alert from
    # here would end the parent's connections.
    global _registry  # noqa: PLW0603  # one per process
    _left_behind.append(_registry)
    _registry = _Registry()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)


@atexit.register
def _close_all() -> None:
    with _registry.lock:
        clients, _registry.sync = _registry.sync, {}
    for shared in clients.values():
        shared.client.close()


# httpx, too, imports httpcore only when a client is made.


def _new_client(route: Route) -> httpx.Client:
    from langchain_aimlapi._http.transport import Transport  # noqa: PLC0415  # imports httpcore

    client: httpx.Client = _make(_Client, Transport, route)
    return client


def _new_async_client(route: Route) -> tuple[httpx.AsyncClient, AsyncBackend]:
    from langchain_aimlapi._http.async_connect import AsyncBackend  # noqa: PLC0415  # imports httpcore
    from langchain_aimlapi._http.sync_socket import KEEP_ALIVE_OPTIONS  # noqa: PLC0415  # imports httpcore
    from langchain_aimlapi._http.transport import AsyncTransport  # noqa: PLC0415  # imports httpcore

    backend = AsyncBackend(KEEP_ALIVE_OPTIONS)
    return _make(_AsyncClient, partial(AsyncTransport, backend=backend), route), backend


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
                shared = registry.sync[route] = _Shared(_new_client(route), WeakSet())
            shared.owners.add(owner)
    client_: httpx.Client = shared.client
    return client_


def release(owner: object, route: Route) -> None:
    """Close the shared client for `route` unless somebody besides `owner` uses it."""
    with _registry.lock:
        shared = _abandoned(_registry.sync, owner, route)
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
        client, backend = _new_async_client(route)
        guard = _close_with_loop(client, clients, route)
        # Nothing else of this loop runs before the first await, so no second client is made.
        shared = clients[route] = _Shared(client, WeakSet(), guard, backend)
        await guard.__anext__()
    if owner not in shared.owners:
        shared.owners.add(owner)
    client_: httpx.AsyncClient = shared.client
    return client_


async def arelease(owner: object, route: Route) -> None:
    """Close the running loop's client for `route` unless somebody besides `owner` uses it."""
    shared = _abandoned(_clients_of_loop(), owner, route)
    if shared is not None and shared.guard is not None:
        await shared.guard.aclose()


def _abandoned(clients: _Clients, owner: object, route: Route) -> _Shared | None:
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
            closed = [other for other in _registry.loops if other.is_closed()]
            left = [_registry.loops.pop(other) for other in closed]
            clients = _registry.loops[loop] = {}
        for shared in (shared for gone in left for shared in gone.values()):
            if shared.backend is not None:
                shared.backend.abandon()
    return clients


async def _close_with_loop(
    client: httpx.AsyncClient, clients: _Clients, route: Route
) -> AsyncGenerator[None, None]:
    """Close `client` when its loop ends.

    A loop closes the asynchronous generators that were started in it before it ends
    (`loop.shutdown_asyncgens`, which `asyncio.run` awaits). That is the only moment at which the
    sockets of a loop can still be closed properly, and this one waits for it. A loop that is
    closed without it leaves its sockets to `_clients_of_loop` of the next one.
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
