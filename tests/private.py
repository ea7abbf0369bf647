"""The private names that tests of several folders need, each with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from vcr import VCR

from langchain_aimlapi._messages import options
from langchain_aimlapi._model import hints
from langchain_aimlapi.catalogue import list_models
from langchain_aimlapi.testing._cassettes import configure

if TYPE_CHECKING:
    import pytest

    from langchain_aimlapi.catalogue import CatalogueModel

    Body = dict[str, Any]


def announce_again() -> None:
    """Let settings be announced as in a process of its own: once per process is once too rarely."""
    options._announced.clear()  # the same


def recording(path: Path | str, **settings: Any) -> Any:
    """Return a context that records every request anew, as the plugin does in a marked test.

    Args:
        path: The file to write.
        **settings: What a project's `vcr_config` may have.
    """
    Path(path).unlink(missing_ok=True)
    return configure(VCR(record_mode="new_episodes")).use_cassette(str(path), **settings)


def models_of(*items: Body) -> list[CatalogueModel]:
    """Return what a list of these items says in the service's list of models."""
    answer = httpx.Response(200, json={"object": "list", "data": items})
    with httpx.Client(transport=httpx.MockTransport(lambda _: answer)) as client:
        return list_models(http_client=client)


def set_retirement_warnings(monkeypatch: pytest.MonkeyPatch, *, given: bool) -> None:
    """Say whether the warnings about retired models, which come once per process, were given."""
    monkeypatch.setattr(hints, "_warned_of_retirement", _Everything() if given else set())


class _Everything(set[str]):
    def __contains__(self, _: object) -> bool:
        return True
