"""Run the emulator on a port: `python -m tests.emulator --port 8787`."""

from __future__ import annotations

import argparse
import sys

from .batches import Batches
from .server import listening_on, server_for
from .service import Service


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between stream events")
    parser.add_argument("--batch-polls", type=int, default=2, help="polls until a batch has ended")
    options = parser.parse_args()
    service = Service(chunk_delay=options.delay, batches=Batches(options.batch_polls))
    try:
        listener = listening_on(options.host, options.port)
    except OSError as error:
        parser.error(f"cannot listen on {options.host}:{options.port}: {error.strerror}")
    with listener:
        port = listener.getsockname()[1]  # the one that was found, for --port 0
        host = f"[{options.host}]" if ":" in options.host else options.host
        # Only now: whoever pastes these lines finds the emulator there.
        sys.stderr.write(
            f"export AIMLAPI_API_BASE=http://{host}:{port}/v1\nexport AIMLAPI_API_KEY=sk-emulator\n"
        )
        server_for(service).run(sockets=[listener])


if __name__ == "__main__":
    main()
