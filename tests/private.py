"""The private names that tests of several folders need, each with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from vcr import VCR

from langchain_aimlapi._dialects import ENDPOINTS
from langchain_aimlapi._messages import options
from langchain_aimlapi._model import hints, request
from langchain_aimlapi.catalogue import list_models
from langchain_aimlapi.testing._cassettes import configure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest
    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.catalogue import CatalogueModel
    from langchain_aimlapi.profiles import ModelFacts

    Body = dict[str, Any]


def rewrite_bodies(monkeypatch: pytest.MonkeyPatch, rewrite: Callable[[Body], Body]) -> None:
    """Let every body for chat/completions be rewritten before it is sent.

    LangChain's suite must fail for a mapping that is broken, and no public name breaks it.
    """
    endpoint = ENDPOINTS["chat/completions"]

    def rewritten(
        messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
    ) -> Body:
        return rewrite(endpoint.to_request(messages, options, facts))

    rewriting = {**ENDPOINTS, "chat/completions": endpoint._replace(to_request=rewritten)}
    monkeypatch.setattr(request, "ENDPOINTS", rewriting)


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
