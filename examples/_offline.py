"""Runs an example live with a key, and from its cassette without one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CASSETTES = Path(__file__).parents[1] / "cassettes" / "examples"


@contextlib.contextmanager
def live_or_replayed(name: str) -> Iterator[bool]:
    """Use the service if `AIMLAPI_API_KEY` is set, `cassettes/examples/NAME.yaml` otherwise.

    What a cassette holds was answered by this repository's emulator, so the texts are made up.

    Yields:
        Whether the service answers.
    """
    if os.environ.get("AIMLAPI_API_KEY"):
        yield True
        return
    from langchain_aimlapi.testing import replay  # noqa: PLC0415  # only needed here

    os.environ.pop("AIMLAPI_API_BASE", None)  # the cassette names the service itself
    print(f"AIMLAPI_API_KEY is not set: replaying recorded answers of an emulator ({name}.yaml).\n")
    with replay(CASSETTES / f"{name}.yaml"):
        yield False
