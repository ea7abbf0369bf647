"""The two request schemas of the service: messages and options in, a body out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage

from langchain_aimlapi._params import RequestOptions
from langchain_aimlapi._schemas import anthropic, openai
from langchain_aimlapi.profiles import ModelFacts

if TYPE_CHECKING:
    from langchain_aimlapi._wire import RequestSchema

ToRequest = Callable[[Sequence[BaseMessage], RequestOptions, ModelFacts], dict[str, Any]]

REQUEST_SCHEMAS: Mapping[RequestSchema, ToRequest] = {
    "openai": openai.to_request,
    "anthropic": anthropic.to_request,
}

__all__ = ["REQUEST_SCHEMAS", "ToRequest"]
