"""The httpx clients of this process: made on first use, shared, and closed in their own loop.

Models with equal settings share connections. A client belongs to one process (a fork would read
another process's answers) and an async one to one event loop (its sockets are bound to it).

Each client serves one request at a time, so it has one connection. Whenever a request begins or
ends, the pool of a client looks at all of its connections, and for each idle one at all of them
again: with one client for all, 900 open streams cost ten times as much, and some timed out.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections import deque
from functools import lru_cache
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import getproxies
from weakref import WeakSet

import httpx
from pydantic import Secret

from langchain_aimlapi._http.attempts import monotonic
from langchain_aimlapi._http.requests import free
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Callable

    from pydantic import SecretStr

KEEPALIVE_EXPIRY = 60.0
"""Seconds after which a client that nobody uses is closed, by the next call of any other."""


class Route(NamedTuple):
    """What two models have to agree about to share connections.

    Attributes:
        proxy: URL of the proxy of the settings.
        proxies: Those of the environment otherwise.
        certificates: `SSL_CERT_FILE` and `SSL_CERT_DIR` of the environment.
    """

    proxy: SecretStr | None
    proxies: Secret[tuple[tuple[str, str], ...]]
    certificates: tuple[str | None, str | None]


def route_by(proxy: SecretStr | None) -> Route:
    """Return the route by `proxy`, or by what the environment says now."""
    certificates = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    proxies = () if proxy is not None else tuple(sorted(getproxies().items()))
    return Route(proxy, Secret(proxies), certificates)


@lru_cache(maxsize=8)
def _ssl_context(certificates: tuple[str | None, str | None]) -> ssl.SSLContext:
    """Return the process's context for `certificates`, which httpx reads from the environment.

    Making one is slow: it reads all certificates of the machine.
    """
    del certificates
    return httpx.create_ssl_context()


class _NoCookies(CookieJar):
    """Keeps no cookies, because models with other keys share the client.

    Half as much work for each response as a `CookiePolicy` that refuses all of them.
    """

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave the cookies of a response where they are."""


def _new(kind: type[Any], route: Route) -> Any:
    """Return a new httpx client.

    Raises:
        ConfigurationError: A proxy of the settings or of the environment cannot be used.
    """
    try:
        verify = _ssl_context(route.certificates)
    except OSError as error:
        msg = f"The certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {error}"
        raise ConfigurationError(msg) from None
    limits = httpx.Limits(keepalive_expiry=KEEPALIVE_EXPIRY)
    try:
        proxy = None if route.proxy is None else _proxy(route.proxy, verify)
        return kind(verify=verify, proxy=proxy, limits=limits, cookies=_NoCookies())
    except (ValueError, ImportError, httpx.InvalidURL):
        # Their texts would show the URL of the proxy, which may hold a password.
        where = "The proxy" if route.proxy is not None else "A proxy of the environment"
        msg = (
            f"{where} cannot be used: it must be an http:// or https:// URL, or a socks5:// one "
            "with httpx[socks] installed. It is not shown here."
        )
    raise ConfigurationError(msg)


def _proxy(proxy: SecretStr, verify: ssl.SSLContext) -> httpx.Proxy:
    is_https = proxy.get_secret_value().startswith("https:")  # only then httpx takes a context
    return httpx.Proxy(proxy.get_secret_value(), ssl_context=verify if is_https else None)


class IdleClients:
    """The clients of a route that nobody uses, the latest one last: it is used first.

    There is no cap on them: `abatch` of thousands is bounded by its own max_concurrency.

    Args:
        kind: `httpx.Client` or `httpx.AsyncClient`.
        route: Of all of them.

    Attributes:
        owners: The objects that use them; the last one to be closed closes them.
        closes_with_loop: Closes those of a loop when that ends.
    """

    def __init__(self, kind: type[Any], route: Route) -> None:
        self._kind = kind
        self._route = route
        self._idle: deque[tuple[float, Any]] = deque()  # whose methods are safe in all threads
        # So that the collector frees no socket before the forgotten stream that would close it.
        self._in_use: set[Any] = set()
        self._is_closed = False
        self.owners: WeakSet[object] = WeakSet()
        self.closes_with_loop: AsyncGenerator[None, None] | None = None

    def take(self) -> Any:
        """Return a client that nobody else uses.

        Raises:
            ConfigurationError: A proxy or certificates cannot be used.
        """
        try:
            client = self._idle.pop()[1]
        except IndexError:
            client = _new(self._kind, self._route)
        self._in_use.add(client)
        return client

    def put_back(self, client: Any) -> list[Any]:
        """Take back a client; return those that are to be closed now."""
        self.forget(client)
        self._idle.append((monotonic(), client))
        return self._expired()

    def forget(self, client: Any) -> None:
        """Let go of a client that is closed instead of put back."""
        self._in_use.discard(client)

    def close(self) -> list[Any]:
        """Return all clients, to be closed; those that are in use will be when they come back."""
        self._is_closed = True
        return self._expired()

    def _expired(self) -> list[Any]:
        limit = float("inf") if self._is_closed else monotonic() - KEEPALIVE_EXPIRY
        expired = []
        try:
            while self._idle[0][0] < limit:
                expired.append(self._idle.popleft()[1])
        except IndexError:
            pass  # another thread was faster
        return expired


class Sent(NamedTuple):
    """A response whose body is not read yet; closing it puts back the shared client.

    Attributes:
        response: The response.
        put_back: Puts back the shared client that sent the request; returns those to be closed.
    """

    response: Any
    put_back: Callable[[], list[Any]] = list

    def close(self) -> None:
        """Close the response; its connection is used again if its body was read."""
        try:
            self.response.close()
            free(self.response)
        finally:
            for expired in self.put_back():
                expired.close()

    async def aclose(self) -> None:
        """Close the response as `close` does."""
        try:
            await self.response.aclose()
            free(self.response)
        finally:
            for expired in self.put_back():
                await expired.aclose()


# A loop is held strongly, until it is closed: its sockets would hold it anyhow.
_Key = tuple["asyncio.AbstractEventLoop | None", Route]
"""Whose clients: those of an event loop, or the blocking ones."""


class _Registry:
    def __init__(self) -> None:
        self.lock = threading.RLock()  # a finaliser that runs inside may close a model
        self.clients: dict[_Key, IdleClients] = {}

    def get(self, owner: object, key: _Key) -> IdleClients:
        """Return the shared clients, noting that `owner` uses them."""
        idle = self.clients.get(key)
        if idle is None or owner not in idle.owners:
            with self.lock:  # nobody closes them in between
                idle = self.clients.get(key) or self._new(key)
                idle.owners.add(owner)
        return idle

    def _new(self, key: _Key) -> IdleClients:
        for other in [key for key in self.clients if key[0] is not None and key[0].is_closed()]:
            del self.clients[other]
        loop, route = key
        idle = IdleClients(httpx.Client if loop is None else httpx.AsyncClient, route)
        self.clients[key] = idle
        return idle

    def release(self, owner: object, key: _Key) -> IdleClients | None:
        """Take out and return the clients unless somebody besides `owner` uses them."""
        with self.lock:
            idle = self.clients.get(key)
            if idle is None:
                return None
            idle.owners.discard(owner)
            return None if idle.owners else self.clients.pop(key)


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
    for (loop, _), idle in list(_registry.clients.items()):
        for client in idle.close() if loop is None else ():
            client.close()


def sync_clients(owner: object, route: Route) -> IdleClients:
    """Return the shared blocking clients for `route`, noting that `owner` uses them."""
    return _registry.get(owner, (None, route))


def release(owner: object, route: Route) -> None:
    """Close the shared clients for `route` unless somebody besides `owner` uses them."""
    idle = _registry.release(owner, (None, route))
    for client in () if idle is None else idle.close():
        client.close()


async def async_clients(owner: object, route: Route) -> IdleClients:
    """Return the running loop's shared clients for `route`, noting that `owner` uses them."""
    key = asyncio.get_running_loop(), route
    idle = _registry.get(owner, key)
    if idle.closes_with_loop is None:
        # Nothing else of this loop runs before the first await, so it is started once.
        idle.closes_with_loop = _close_with_loop(idle, key)
        await idle.closes_with_loop.__anext__()
    return idle


async def arelease(owner: object, route: Route) -> None:
    """Close the running loop's clients for `route` unless somebody besides `owner` uses them."""
    idle = _registry.release(owner, (asyncio.get_running_loop(), route))
    if idle is not None and idle.closes_with_loop is not None:
        await idle.closes_with_loop.aclose()


async def _close_with_loop(idle: IdleClients, key: _Key) -> AsyncGenerator[None, None]:
    """Close the clients of a loop when it ends.

    A loop closes the asynchronous generators that were started in it before it ends
    (`loop.shutdown_asyncgens`, which `asyncio.run` awaits). That is the only moment at which the
    sockets of a loop can still be closed properly, and this one waits for it.
    """
    try:
        yield
    finally:
        with _registry.lock:
            if _registry.clients.get(key) is idle:
                del _registry.clients[key]
        for client in idle.close():
            await client.aclose()
