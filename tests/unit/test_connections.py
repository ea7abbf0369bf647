"""The pools of connections: kept, used again, grown old and closed."""

from __future__ import annotations

import asyncio
from typing import Any

import httpcore
import pytest

from langchain_aimlapi._http import connections as _connections
from langchain_aimlapi._http.connections import AsyncConnectionPool, ConnectionPool

URL = "https://a.example/v1"


class Stream:
    """A body that fails or is cancelled while it is closed, if it is told to."""

    def __init__(self, failure: BaseException | None) -> None:
        self.failure = failure

    def __iter__(self) -> Any:
        yield b"x"

    async def __aiter__(self) -> Any:
        yield b"x"

    def close(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def aclose(self) -> None:
        self.close()


class Connection:
    """Stands for one of httpcore, sync and async."""

    def __init__(self, origin: httpcore.Origin) -> None:
        self.origin = origin
        self.requests = 0
        self.closed = False
        self.expired = False
        self.available = True
        self.failure: BaseException | None = None
        self.failure_of_close: BaseException | None = None

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        self.requests += 1
        if self.failure is not None:
            raise self.failure
        return httpcore.Response(200, content=Stream(self.failure_of_close))

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        return self.handle_request(request)

    def is_available(self) -> bool:
        return self.available

    def has_expired(self) -> bool:
        return self.expired

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


class Factory:
    def __init__(self) -> None:
        self.made: list[Connection] = []
        self.failure: BaseException | None = None

    def create_connection(self, origin: httpcore.Origin) -> Connection:
        connection = Connection(origin)
        connection.failure = self.failure
        self.made.append(connection)
        return connection


class Pool:
    """Drives the sync or the async pool in the same words."""

    def __init__(self, kind: str) -> None:
        self.factory = Factory()
        self.kind = kind
        made: Any = self.factory
        self.pool: Any = ConnectionPool(made) if kind == "sync" else AsyncConnectionPool(made)

    def send(self, url: str = URL) -> Any:
        request = httpcore.Request("POST", url)
        if self.kind == "sync":
            return self.pool.handle_request(request).stream
        return asyncio.run(self.pool.handle_async_request(request)).stream

    def end(self, stream: Any) -> None:
        if self.kind == "sync":
            stream.close()
        else:
            asyncio.run(stream.aclose())

    def close(self) -> None:
        if self.kind == "sync":
            self.pool.close()
        else:
            asyncio.run(self.pool.aclose())

    @property
    def made(self) -> list[Connection]:
        return self.factory.made


@pytest.fixture(params=["sync", "async"])
def pool(request: pytest.FixtureRequest) -> Pool:
    return Pool(request.param)


def test_a_connection_is_used_again_once_its_body_is_closed(pool: Pool) -> None:
    one = pool.send()
    other = pool.send()
    assert len(pool.made) == 2
    pool.end(one)
    pool.end(one)  # twice gives it back once
    pool.send()
    assert [connection.requests for connection in pool.made] == [2, 1]
    pool.end(other)


def test_origins_do_not_share(pool: Pool) -> None:
    for url in (URL, "https://b.example/v1", "http://a.example/v1", "https://a.example:8443/v1"):
        pool.end(pool.send(url))
    assert len(pool.made) == 4


def test_the_latest_is_used_first_and_the_oldest_is_closed_when_it_has_expired(pool: Pool) -> None:
    streams = [pool.send() for _ in range(3)]
    for stream in streams:
        pool.end(stream)
    oldest, _, latest = pool.made
    oldest.expired = True
    pool.end(pool.send())
    assert latest.requests == 2
    assert [connection.closed for connection in pool.made] == [True, False, False]


def test_an_expired_connection_is_not_used(pool: Pool) -> None:
    pool.end(pool.send())
    pool.made[0].expired = True
    pool.end(pool.send())
    assert [connection.closed for connection in pool.made] == [True, False]


def test_a_connection_that_is_not_available_is_closed(pool: Pool) -> None:
    stream = pool.send()
    pool.made[0].available = False
    pool.end(stream)
    assert pool.made[0].closed


@pytest.mark.parametrize("failure", [httpcore.ReadError("x"), KeyboardInterrupt()])
def test_a_connection_that_fails_is_closed(pool: Pool, failure: BaseException) -> None:
    pool.factory.failure = failure
    with pytest.raises(type(failure)):
        pool.send()
    assert pool.made[0].closed


def test_a_close_that_is_cancelled_leaves_nothing_open(pool: Pool) -> None:
    stream = pool.send()
    connection = pool.made[0]
    stream._stream.failure = asyncio.CancelledError()
    connection.available = False
    with pytest.raises(asyncio.CancelledError):
        pool.end(stream)
    assert connection.closed


def test_so_many_are_kept_at_most(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connections, "MAX_IDLE", 2)
    for stream in [pool.send() for _ in range(4)]:
        pool.end(stream)
    assert [connection.closed for connection in pool.made] == [True, True, False, False]


def test_closing_closes_what_is_kept_now_and_what_is_in_use_later(pool: Pool) -> None:
    kept, used = pool.send(), pool.send()
    pool.end(kept)
    pool.close()
    assert [connection.closed for connection in pool.made] == [True, False]
    pool.end(used)
    assert [connection.closed for connection in pool.made] == [True, True]
