"""LangChain integration for the AI/ML API gateway: one key, 400+ chat models."""

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._version import __version__
from langchain_aimlapi.chat_models import ChatAIMLAPI

if TYPE_CHECKING:
    from langchain_aimlapi.embeddings import AIMLAPIEmbeddings
    from langchain_aimlapi.embeddings import AIMLAPIEmbeddings as AimlapiEmbeddings

ChatAimlapi = ChatAIMLAPI
"""The spelling of the 0.1 package, for those who migrate."""

__all__ = [
    "AIMLAPIEmbeddings",
    "AimlapiEmbeddings",
    "ChatAIMLAPI",
    "ChatAimlapi",
    "__version__",
]

_EMBEDDINGS = ("AIMLAPIEmbeddings", "AimlapiEmbeddings")
"""Imported when first asked for: a program that only chats does without them."""

_GONE = {
    "AimlapiLLM": "Use ChatAIMLAPI: the service's models are chat models.",
    "AimlapiImageModel": "This package has chat models and embeddings only.",
    "AimlapiVideoModel": "This package has chat models and embeddings only.",
    "AIMLAPI_HEADERS": "Set default_headers of ChatAIMLAPI.",
}
"""What 0.1 had, and what to do instead."""


def __getattr__(name: str) -> Any:
    if name in _EMBEDDINGS:
        from langchain_aimlapi.embeddings import AIMLAPIEmbeddings  # noqa: PLC0415  # on need

        return AIMLAPIEmbeddings
    if name in _GONE:
        raise ImportError(f"{name} of langchain-aimlapi 0.1 is gone. {_GONE[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
