"""LangChain integration for the AI/ML API gateway: one key, 400+ chat models."""

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._gone import refuse
from langchain_aimlapi._version import __version__
from langchain_aimlapi.chat_models import ChatAIMLAPI, ChatAimlapi

if TYPE_CHECKING:
    from langchain_aimlapi.embeddings import AIMLAPIEmbeddings
    from langchain_aimlapi.embeddings import AIMLAPIEmbeddings as AimlapiEmbeddings

__all__ = [
    "AIMLAPIEmbeddings",
    "AimlapiEmbeddings",
    "ChatAIMLAPI",
    "ChatAimlapi",
    "__version__",
]

_EMBEDDINGS = ("AIMLAPIEmbeddings", "AimlapiEmbeddings")
"""Imported when first asked for: a program that only chats does without them."""


def __getattr__(name: str) -> Any:
    if name in _EMBEDDINGS:
        from langchain_aimlapi.embeddings import AIMLAPIEmbeddings  # noqa: PLC0415  # on need

        return AIMLAPIEmbeddings
    return refuse(__name__, name)
