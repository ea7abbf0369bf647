"""`examples/quickstart.py`, run as a user runs it."""

from __future__ import annotations

import io
import re
import runpy
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator.server import Emulator

QUICKSTART = str(Path(__file__).parents[2] / "examples" / "quickstart.py")


class Screen(io.StringIO):
    """Keeps how much could be read after each flush."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: set[int] = set()

    def flush(self) -> None:
        self.shown.add(self.tell())


def test_without_a_key_it_replays_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AIMLAPI_API_BASE", "http://127.0.0.1:9/v1")
    with warnings.catch_warnings():  # the program sets filters of its own
        runpy.run_path(QUICKSTART, run_name="__main__")
    printed = capsys.readouterr()
    assert printed.err == ""
    first, *_ = printed.out.splitlines()
    assert first == (
        "AIMLAPI_API_KEY is not set: replaying the exchange the service's page publishes."
    )
    assert "\n> Hi! What do you think about mankind?\n\nI find humanity fascinating" in printed.out
    assert printed.out.endswith(
        """significant or puzzling?

model:         claude-sonnet-4-20250514
tokens:        16 in, 163 out, 179 total
finish reason: stop
cost:          not reported
"""
    )


def test_with_a_key_it_streams_from_the_service(
    monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    monkeypatch.setenv("AIMLAPI_API_BASE", emulator.base_url)
    monkeypatch.setenv("AIMLAPI_API_KEY", "sk-emulator")
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    with warnings.catch_warnings():
        runpy.run_path(QUICKSTART, run_name="__main__")
    output = screen.getvalue()
    assert "replaying" not in output
    assert len(screen.shown) > 5, "the answer was not printed as it came"
    assert re.search(r"\ntokens: +\d+ in, \d+ out, \d+ total\nfinish reason: stop\n", output)
    assert re.search(r"\ncost: +[\d.]+ USD\n", output)
    assert emulator.requests[-1].path == "/v1/chat/completions"


def test_a_failure_is_one_line(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    monkeypatch.setenv("AIMLAPI_API_BASE", emulator.base_url)
    monkeypatch.setenv("AIMLAPI_API_KEY", "sk-invalid")
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(QUICKSTART, run_name="__main__")
    assert str(ended.value).startswith("\nAuthenticationError: ")
    assert len(str(ended.value).strip().splitlines()) == 1
