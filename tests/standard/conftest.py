"""The downloads of LangChain's suite, without the network."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import httpx
import media
import pytest

_FILES = {".png": media.png, ".pdf": media.pdf, ".wav": media.wav}


@pytest.fixture(autouse=True)
def _downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the suite a small file of our own for each that it downloads.

    It fetches an image, a PDF and a recording (900 kB) from three hosts before it asks the model
    about them. What is in them is not asserted, and a test that needs those hosts cannot be
    replayed. Only what the suite itself calls is replaced; the model has clients of its own.
    """

    def get(url: str, **_: Any) -> httpx.Response:
        return httpx.Response(200, content=_FILES[PurePosixPath(url).suffix]())

    monkeypatch.setattr(httpx, "get", get)
    monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "langchain-aimlapi tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of what an endpoint has not; a test of ours says what happens there."""
    absent = [item for item in items if _is_absent(item)]
    if absent:
        items[:] = [item for item in items if not _is_absent(item)]
        config.hook.pytest_deselected(items=absent)


def _is_absent(item: pytest.Item) -> bool:
    cls = getattr(item, "cls", None)
    return item.name.partition("[")[0] in getattr(cls, "not_of_this_endpoint", ())
