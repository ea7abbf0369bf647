"""Fixtures of the emulator's own tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that `emulator` can be imported alone

from emulator.fixtures import emulator  # noqa: F401  # a fixture, found by its name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator import Emulator
    from emulator_helpers import Http


@pytest.fixture(scope="session")
def http(emulator: Emulator) -> Iterator[Http]:  # noqa: F811  # pytest's way of asking for it
    """A client of the emulator with a good key."""
    from emulator_helpers import Http  # noqa: PLC0415  # found next to this file

    headers = {"authorization": "Bearer sk-emulator"}
    with httpx.Client(base_url=emulator.base_url, headers=headers, trust_env=False) as client:
        yield Http(client)


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Show the words of a table's first column; bodies are numbered as usual."""
    return val if isinstance(val, str) and len(val) < 50 else None
