from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from loopback import LoopbackServer, serve
from projects import Project

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A real server on the loopback interface."""
    with serve() as loopback:
        yield loopback


@pytest.fixture
def service(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> LoopbackServer:
    """The same, as the service that models of a project find by `AIMLAPI_API_BASE`."""
    monkeypatch.setenv("AIMLAPI_API_BASE", server.base_url)
    monkeypatch.setenv("AIMLAPI_API_KEY", "a-key-of-some-length")
    return server


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """A project of a user, with tests of models."""
    return Project(pytester)
