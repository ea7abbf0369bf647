"""`examples/quickstart.py`, run as a user runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from emulator.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def quickstart(pytestconfig: pytest.Config, tmp_path: Path) -> list[str]:
    return [sys.executable, str(pytestconfig.rootpath / "examples" / "quickstart.py")]


def environment(**settings: str) -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1", **settings}


def pieces(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Yield what each read of the output brings."""
    assert process.stdout is not None
    while piece := os.read(process.stdout.fileno(), 65536):
        yield piece


def test_without_a_key_it_replays_and_says_so(quickstart: list[str], tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own example
        quickstart,
        env=environment(AIMLAPI_API_BASE="http://127.0.0.1:9/v1"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    first, *_ = done.stdout.splitlines()
    assert first == (
        "AIMLAPI_API_KEY is not set: replaying the exchange the service's page publishes."
    )
    assert "\n> Hi! What do you think about mankind?\n\nI find humanity fascinating" in done.stdout
    assert done.stdout.endswith(
        """significant or puzzling?

model:         claude-sonnet-4-20250514
tokens:        16 in, 163 out, 179 total
finish reason: stop
cost:          not reported
"""
    )
    assert done.returncode == 0


def test_with_a_key_it_streams_from_the_service(quickstart: list[str], tmp_path: Path) -> None:
    with serve(chunk_delay=0.01) as emulator:
        settings = environment(AIMLAPI_API_BASE=emulator.base_url, AIMLAPI_API_KEY="sk-emulator")
        with subprocess.Popen(  # noqa: S603 - our own example
            quickstart, env=settings, cwd=tmp_path, stdout=subprocess.PIPE
        ) as process:
            read = list(pieces(process))
        (request,) = emulator.requests
    output = b"".join(read).decode()
    assert process.returncode == 0
    assert "replaying" not in output
    assert len(read) > 5, "the answer was not printed as it came"
    assert re.search(r"\ntokens: +\d+ in, \d+ out, \d+ total\nfinish reason: stop\n", output)
    assert re.search(r"\ncost: +[\d.]+ USD\n", output)
    assert request.path == "/v1/chat/completions"


def test_a_failure_is_one_line(quickstart: list[str], tmp_path: Path) -> None:
    with serve() as emulator:
        settings = environment(AIMLAPI_API_BASE=emulator.base_url, AIMLAPI_API_KEY="sk-invalid")
        done = subprocess.run(  # noqa: S603 - our own example
            quickstart, env=settings, cwd=tmp_path, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("\nAuthenticationError: ")
    assert len(done.stderr.strip().splitlines()) == 1
