"""Run the emulator on a port: `python -m tests.emulator --port 8787`."""

from __future__ import annotations

import argparse
import sys

from . import embeddings
from .models import BY_NAME, ON_RESPONSES
from .server import listening_on, server_for
from .service import Service


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between two events")
    arguments = parser.parse_args()
    port = arguments.port
    try:
        listener = listening_on(port)
    except OSError as error:
        parser.error(f"cannot listen on port {port}: {error.strerror}")
    with listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        # Only now: whoever pastes these lines finds the emulator there.
        chats = {**BY_NAME, **ON_RESPONSES}.values()
        models = sorted({model.names[0] for model in chats} | embeddings.MODELS.keys())
        sys.stderr.write(
            f"export AIMLAPI_API_BASE={base_url}\nexport AIMLAPI_API_KEY=sk-emulator\n"
            f"# It plays {', '.join(models)}.\n"
        )
        server_for(Service(chunk_delay=arguments.delay)).run(sockets=[listener])


if __name__ == "__main__":
    main()
