"""A server in a thread, on a free port, for as long as a `with` block lasts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple

import uvicorn

from .app import create_app
from .batches import Batches
from .service import Received, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TIMEOUT = 10.0


class Emulator(NamedTuple):
    """A running emulator."""

    base_url: str
    """What a client takes as its base URL; it ends in `/v1`."""
    requests: list[Received]
    """Everything that was received, oldest first."""


def server_for(service: Service) -> uvicorn.Server:
    """Return a server that sends neither its name nor the date, so that answers are byte-stable."""
    config = uvicorn.Config(
        create_app(service),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",  # what is still streamed when the server ends is cancelled in silence
        access_log=False,
        date_header=False,
        server_header=False,
    )
    return uvicorn.Server(config)


def listening_on(port: int) -> socket.socket:
    """Return a socket that listens here; connections wait in it until a server takes them.

    Raises:
        OSError: The address cannot be used, such as when another program listens there.
    """
    # The protocol is named because asyncio sends small packets at once only where it is.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def serve(*, chunk_delay: float = 0.0, batch_polls: int = 2) -> Iterator[Emulator]:
    """Run an emulator on a free port of the loopback interface.

    Args:
        chunk_delay: Seconds between two events of a stream.
        batch_polls: How many polls a batch is in progress for.

    Yields:
        The running emulator, with `base_url` and the `requests` that it received.
    """
    service = Service(chunk_delay=chunk_delay, batches=Batches(batch_polls))
    server = server_for(service)
    begun: Future[tuple[asyncio.AbstractEventLoop, Callable[[], object]]] = Future()

    async def main() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        begun.set_result((asyncio.get_running_loop(), serving.cancel))
        await asyncio.wait([serving])
        server.force_exit = True  # connections that a client keeps open are not waited for
        await server.shutdown([listener])

    with listening_on(0) as listener:
        thread = threading.Thread(target=asyncio.run, args=[main()], name="emulator", daemon=True)
        thread.start()
        loop, stop = begun.result(_TIMEOUT)
        try:
            yield Emulator(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", service.requests)
        finally:
            # Not `server.should_exit`: it is looked at after a sleep, and tests turn the clock.
            loop.call_soon_threadsafe(stop)
            thread.join(_TIMEOUT)
