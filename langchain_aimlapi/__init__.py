"""LangChain integration for the AI/ML API gateway: one key, 400+ chat models."""

from langchain_aimlapi._version import __version__
from langchain_aimlapi.chat_models import ChatAIMLAPI

ChatAimlapi = ChatAIMLAPI
"""The spelling of the 0.1 package, for those who migrate."""

__all__ = ["ChatAIMLAPI", "ChatAimlapi", "__version__"]
