"""Writes the body of a request, on any endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# The door `to_request` of each endpoint, its argument, and the bytes that are made of its result.
from langchain_aimlapi._dialects import ENDPOINTS
from langchain_aimlapi._messages.options import PARAMETER_FIELDS, RequestOptions
from langchain_aimlapi._model import request
from langchain_aimlapi._model.request import encode
from langchain_aimlapi.profiles import ModelFacts, facts_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest
    from langchain_core.messages import BaseMessage

    Write = Callable[[Sequence[BaseMessage], RequestOptions, ModelFacts], dict[str, Any]]

__all__ = ["ENDPOINTS", "PARAMETER_FIELDS", "encode", "request_body", "rewrite_bodies"]


def request_body(
    messages: Sequence[BaseMessage],
    model: str,
    *,
    endpoint: str = "chat/completions",
    facts: ModelFacts | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Return the body of a call.

    Args:
        messages: The conversation.
        model: Model id.
        endpoint: Where the call goes.
        facts: Of the model, if not those that are packaged.
        **options: Everything else that was set; `schema` names the request schema.
    """
    facts = facts_for(model) if facts is None else facts
    return ENDPOINTS[endpoint].to_request(messages, RequestOptions(model, **options), facts)


def rewrite_bodies(
    monkeypatch: pytest.MonkeyPatch, rewrite: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Let every body for chat/completions be rewritten before it is sent."""
    endpoint = ENDPOINTS["chat/completions"]
    right: Write = endpoint.to_request

    def rewritten(
        messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts
    ) -> dict[str, Any]:
        return rewrite(right(messages, options, facts))

    rewriting = {**ENDPOINTS, "chat/completions": endpoint._replace(to_request=rewritten)}
    monkeypatch.setattr(request, "ENDPOINTS", rewriting)
