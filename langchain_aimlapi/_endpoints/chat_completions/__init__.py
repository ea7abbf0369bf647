"""`/chat/completions`: two request schemas, one reader of answers and streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage

from langchain_aimlapi._endpoints.chat_completions import claude_body, openai_body
from langchain_aimlapi._messages.options import RequestOptions
from langchain_aimlapi.profiles import ModelFacts

if TYPE_CHECKING:
    from langchain_aimlapi.profiles import RequestSchema

ToRequest = Callable[[Sequence[BaseMessage], RequestOptions, ModelFacts], dict[str, Any]]

REQUEST_SCHEMAS: Mapping[RequestSchema, ToRequest] = {
    "openai": openai_body.to_request,
    "anthropic": claude_body.to_request,
}

__all__ = ["REQUEST_SCHEMAS", "ToRequest"]
