"""The httpx clients of this process: made on first use, shared, and closed in their own loop.

Models with equal settings share connections. A client belongs to one process (a fork would read
another process's answers) and an async one to one event loop (its sockets are bound to it).
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary, WeakSet

import httpx

from langchain_aimlapi._transport import enforce_deadlines

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

# No cap on connections: `abatch` of thousands is bounded by its own max_concurrency, and a cap
# here would only turn the rest into pool timeouts. Idle ones are dropped after a while.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=200, keepalive_expiry=60.0)


@cache
def ssl_context() -> ssl.SSLContext:
    """Return the one context of the process; making one takes some 10 ms."""
    return httpx.create_ssl_context()


def _settings(proxy: str | None) -> dict[str, Any]:
    return {"verify": ssl_context(), "limits": LIMITS, "proxy": proxy, "follow_redirects": False}


class _Shared(NamedTuple):
    """A client and the objects that use it; the last one to close it does so."""

    client: Any
    owners: WeakSet[object]
    guard: AsyncGenerator[None, None] | None = None


class _Registry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.sync: dict[str | None, _Shared] = {}
        self.loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str | None, _Shared]] = (
            WeakKeyDictionary()
        )


_registry = _Registry()
_left_behind: list[_Registry] = []


def _forget_parent() -> None:
    # After a fork the child drops the parent's sockets without closing them: a TLS goodbye from
    # here would end the parent's connections.
    global _registry  # noqa: PLW0603  # one per process
    _left_behind.append(_registry)
    _registry = _Registry()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_parent)


@atexit.register
def _close_all() -> None:
    for shared in _registry.sync.values():
        shared.client.close()
    _registry.sync.clear()


def sync_client(owner: object, proxy: str | None) -> httpx.Client:
    """Return the shared client for `proxy`, noting that `owner` uses it."""
    registry = _registry
    shared = registry.sync.get(proxy)
    if shared is None:
        with registry.lock:
            shared = registry.sync.get(proxy)
            if shared is None:
                client = httpx.Client(**_settings(proxy))
                enforce_deadlines(client)
                shared = registry.sync[proxy] = _Shared(client, WeakSet())
    shared.owners.add(owner)
    client_: httpx.Client = shared.client
    return client_


def release(owner: object, proxy: str | None) -> None:
    """Close the shared client for `proxy` unless somebody besides `owner` uses it."""
    with _registry.lock:
        shared = _registry.sync.get(proxy)
        if shared is None or owner not in shared.owners:
            return
        shared.owners.discard(owner)
        if shared.owners:
            return
        del _registry.sync[proxy]
    shared.client.close()


async def async_client(owner: object, proxy: str | None) -> httpx.AsyncClient:
    """Return the running loop's shared client for `proxy`, noting that `owner` uses it."""
    clients = _clients_of_loop()
    shared = clients.get(proxy)
    if shared is None:
        client = httpx.AsyncClient(**_settings(proxy))
        enforce_deadlines(client)
        guard = _close_with_loop(client)
        # Nothing else of this loop runs before the first await, so no second client is made.
        shared = clients[proxy] = _Shared(client, WeakSet(), guard)
        await guard.__anext__()
    shared.owners.add(owner)
    client_: httpx.AsyncClient = shared.client
    return client_


async def arelease(owner: object, proxy: str | None) -> None:
    """Close the running loop's client for `proxy` unless somebody besides `owner` uses it."""
    clients = _clients_of_loop()
    shared = clients.get(proxy)
    if shared is None or owner not in shared.owners:
        return
    shared.owners.discard(owner)
    if not shared.owners:
        del clients[proxy]
        if shared.guard is not None:
            await shared.guard.aclose()


def _clients_of_loop() -> dict[str | None, _Shared]:
    loop = asyncio.get_running_loop()
    clients = _registry.loops.get(loop)
    if clients is None:
        with _registry.lock:  # the dictionary is shared by the loops of all threads
            clients = _registry.loops.setdefault(loop, {})
    return clients


async def _close_with_loop(client: httpx.AsyncClient) -> AsyncGenerator[None, None]:
    """Close `client` when its loop ends.

    A loop closes the asynchronous generators that were started in it before it ends
    (`loop.shutdown_asyncgens`, which `asyncio.run` awaits). That is the only moment at which the
    sockets of a loop can still be closed properly, and this one waits for it.
    """
    try:
        yield
    finally:
        await client.aclose()
