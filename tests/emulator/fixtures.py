"""Fixtures for tests: `from emulator.fixtures import emulator` in a conftest is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .server import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """One emulated service for the whole run."""
    with serve() as running:
        yield running
