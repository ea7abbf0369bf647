"""Deadlines and sockets, down to the single read."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING, Any

import httpcore
import pytest

# Single reads and writes of a socket, and when they happen: no answer shows them.
from langchain_aimlapi._http.async_connect import AsyncBackend
from langchain_aimlapi._http.deadlines import Clock, Deadline, seconds_left
from langchain_aimlapi._http.sync_socket import KEEP_ALIVE_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator


class Late(Exception):  # noqa: N818  # as the exceptions of httpcore are named
    """Stands for one of httpcore's timeouts."""


def test_a_plain_timeout_is_what_it_is() -> None:
    assert seconds_left(5.0, Late) == 5.0
    assert seconds_left(None, Late) is None


def test_a_deadline_is_a_number_for_those_who_know_no_better() -> None:
    assert Deadline(5.0, Clock()) == 5.0
    assert isinstance(Deadline(5.0, Clock()), float)


@pytest.mark.parametrize(
    ("timeout", "end", "left"),
    [(5.0, None, 5.0), (5.0, 100.0, 5.0), (5.0, 2.0, 2.0), (0.5, 2.0, 0.5)],
)
def test_no_operation_may_last_longer_than_is_left(
    timeout: float, end: float | None, left: float
) -> None:
    clock = Clock()
    clock.set(end)
    seconds = seconds_left(Deadline(timeout, clock), Late)
    assert seconds == pytest.approx(left, abs=0.05)
    assert type(seconds) is float
    assert not clock.expired


def test_a_deadline_that_has_passed_raises_at_once() -> None:
    clock = Clock()
    clock.set(0.0)
    assert clock.expired
    with pytest.raises(Late):
        seconds_left(Deadline(5.0, clock), Late)
    clock.set(5.0)  # it may be moved
    assert not clock.expired
    clock.set(None)
    assert seconds_left(Deadline(5.0, clock), Late) == 5.0


def test_keep_alive_is_on() -> None:
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in KEEP_ALIVE_OPTIONS


# --- the sockets of the loop ---


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        yield listening


async def _connected(peer: socket.socket) -> tuple[Any, socket.socket]:
    backend = AsyncBackend(KEEP_ALIVE_OPTIONS)
    stream = await backend.connect_tcp(*peer.getsockname(), timeout=5)
    accepted, _ = await asyncio.to_thread(peer.accept)
    accepted.settimeout(5)
    return stream, accepted


async def test_what_arrives_is_read_in_pieces_of_the_wanted_size(peer: socket.socket) -> None:
    stream, accepted = await _connected(peer)
    with accepted:
        accepted.sendall(b"Hello")
        assert await stream.read(3, 5) == b"Hel"
        assert await stream.read(64, 5) == b"lo"
    assert await stream.read(64, 5) == b""
    assert stream.get_extra_info("is_readable")
    await stream.aclose()


async def test_keep_alive_reaches_the_socket(peer: socket.socket) -> None:
    stream, accepted = await _connected(peer)
    accepted.close()
    sock = stream.get_extra_info("socket")
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert stream.get_extra_info("server_addr") == peer.getsockname()
    assert stream.get_extra_info("client_addr")[0] == "127.0.0.1"
    await stream.aclose()


async def test_a_read_gives_up_in_time_and_the_next_one_still_works(peer: socket.socket) -> None:
    stream, accepted = await _connected(peer)
    with accepted:
        start = time.monotonic()
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(64, 0.05)
        assert 0.04 < time.monotonic() - start < 0.5
        accepted.sendall(b"late")
        assert await stream.read(64, 5) == b"late"
    await stream.aclose()


@pytest.mark.parametrize("size", [5, 100_000, 3_000_000])
async def test_all_is_sent_in_order(peer: socket.socket, size: int) -> None:
    stream, accepted = await _connected(peer)
    body = bytes(range(256)) * (size // 256) + b"!"

    def receive() -> bytes:
        pieces = []
        while sum(map(len, pieces)) < len(body) + 5:
            pieces.append(accepted.recv(1 << 16))
        return b"".join(pieces)

    with accepted:
        received = asyncio.create_task(asyncio.to_thread(receive))
        await stream.write(b"head ", 5)
        await stream.write(body, 5)
        assert await received == b"head " + body
    await stream.aclose()


async def test_a_peer_that_takes_nothing_is_given_up(peer: socket.socket) -> None:
    stream, accepted = await _connected(peer)
    with accepted, pytest.raises(httpcore.WriteTimeout):
        await stream.write(b"x" * 50_000_000, 0.05)
    await stream.aclose()


async def test_a_flood_is_held_up_and_comes_whole(peer: socket.socket) -> None:
    stream, accepted = await _connected(peer)
    flood = b"x" * 8_000_000
    with accepted:
        sending = asyncio.create_task(asyncio.to_thread(accepted.sendall, flood))
        await asyncio.sleep(0.05)
        assert stream._buffer.size < 4_000_000
        size = 0
        while size < len(flood):
            size += len(await stream.read(1 << 16, 5))
        await sending
    await stream.aclose()


async def test_writing_to_a_peer_that_is_gone_fails(peer: socket.socket) -> None:
    stream, accepted = await _connected(peer)
    accepted.close()
    assert await stream.read(64, 5) == b""
    with pytest.raises(httpcore.WriteError):
        await stream.write(b"x", 5)
    await stream.aclose()


async def test_a_read_that_is_cancelled_loses_nothing(peer: socket.socket) -> None:
    stream, accepted = await _connected(peer)
    with accepted:
        reading = asyncio.create_task(stream.read(64, 5))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        accepted.sendall(b"Hello")
        assert await stream.read(64, 5) == b"Hello"
    await stream.aclose()


async def test_the_next_address_is_tried(
    peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, port = peer.getsockname()
    with socket.create_server((host, 0)) as closed:
        refusing = closed.getsockname()[1]
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, number)) for number in (refusing, port)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    stream = await AsyncBackend(()).connect_tcp("two.example", port, timeout=5)
    assert stream.get_extra_info("server_addr") == (host, port)
    assert stream.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await stream.aclose()


async def test_a_connection_that_cannot_be_made_in_time_is_given_up() -> None:
    backend = AsyncBackend(())
    with socket.socket() as full:  # its queue is full, so that the handshake never ends
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(4):
            other = socket.socket()
            other.setblocking(False)  # noqa: FBT003  # the socket's own signature
            other.connect_ex(full.getsockname())
            waiting.append(other)
        with pytest.raises(httpcore.ConnectTimeout):
            await backend.connect_tcp(*full.getsockname(), timeout=0.1)
        for other in waiting:
            other.close()
