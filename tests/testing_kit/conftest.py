from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loopback import LoopbackServer, serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A real server on the loopback interface."""
    with serve() as loopback:
        yield loopback
