"""LangChain integration for the AI/ML API gateway: one key, 400+ chat models."""

from typing import Any

from langchain_aimlapi._version import __version__
from langchain_aimlapi.chat_models import ChatAIMLAPI

ChatAimlapi = ChatAIMLAPI
"""The spelling of the 0.1 package, for those who migrate."""

__all__ = ["ChatAIMLAPI", "ChatAimlapi", "__version__"]

_GONE = {
    "AimlapiLLM": "Use ChatAIMLAPI: the service's models are chat models.",
    "AimlapiEmbeddings": "Use an OpenAI-compatible embeddings class with the service's base URL.",
    "AimlapiImageModel": "This package is about chat models only.",
    "AimlapiVideoModel": "This package is about chat models only.",
    "AIMLAPI_HEADERS": "Set default_headers of ChatAIMLAPI.",
}
"""What 0.1 had, and what to do instead."""


def __getattr__(name: str) -> Any:
    if name in _GONE:
        raise ImportError(f"{name} of langchain-aimlapi 0.1 is gone. {_GONE[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
