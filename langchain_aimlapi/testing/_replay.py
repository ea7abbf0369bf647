"""Recorded answers without pytest."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator  # noqa: TC003  # of a signature, which tools resolve
from pathlib import Path
from typing import Any

KEY_VARIABLE = "AIMLAPI_API_KEY"
MADE_UP_KEY = "replay"
INSTALL = 'pip install pytest-recording "vcrpy>=8.2"'


@contextlib.contextmanager
def extra_needed() -> Iterator[None]:
    """Let an import that misses a package say how to install it."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"langchain_aimlapi.testing needs {missing.name}: {INSTALL}", name=missing.name
        ) from missing


@contextlib.contextmanager
def replay(path: str | os.PathLike[str], *, repeat: bool = False) -> Iterator[Any]:
    """Answer every HTTP request from a cassette while the block lasts; nothing is sent.

    For notebooks and scripts; tests use `@pytest.mark.vcr`. It works in synchronous and in
    asynchronous code, whatever base URL a model has. Where `AIMLAPI_API_KEY` is not set it is
    `"replay"` inside the block, so that models can be made.

    Args:
        path: The cassette file.
        repeat: Whether a recorded answer may be played more than once.

    Yields:
        The `vcr.cassette.Cassette`.

    Raises:
        ModuleNotFoundError: The extra `testing` is not installed.
        FileNotFoundError: There is no such file.
        vcr.errors.CannotOverwriteExistingCassetteException: In the block, for a request that the
            cassette does not hold. The message names the fields that differ.

    Example:
        ```python
        from langchain_aimlapi import ChatAIMLAPI
        from langchain_aimlapi.testing import replay

        with replay("cassettes/published/answer.yaml"):
            print(ChatAIMLAPI(model="anthropic/claude-sonnet-4").invoke("Hello").text)
        ```
    """
    with extra_needed():
        from vcr import VCR  # type: ignore[import-untyped]  # noqa: PLC0415  # has no type hints

        from langchain_aimlapi.testing._cassettes import configure  # noqa: PLC0415
    if not Path(path).is_file():
        raise FileNotFoundError(f"No cassette at {os.fspath(path)}")
    player = configure(VCR(record_mode="none"))
    needs_key = not os.environ.get(KEY_VARIABLE)
    with player.use_cassette(os.fspath(path), allow_playback_repeats=repeat) as cassette:
        if needs_key:
            os.environ[KEY_VARIABLE] = MADE_UP_KEY
        try:
            yield cassette
        finally:
            if needs_key:
                os.environ.pop(KEY_VARIABLE, None)
