"""LangChain chat models and embeddings for the AI/ML API gateway: one key, 400+ models.

    from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI

    model = ChatAIMLAPI(model="openai/gpt-4o")  # the key: AIMLAPI_API_KEY
    print(model.invoke("Hi!").text)
    vector = AIMLAPIEmbeddings(model="text-embedding-3-small").embed_query("Hi!")

`help(ChatAIMLAPI)` and `help(AIMLAPIEmbeddings)` describe every setting. `AIMLAPIDecisions` asks
decision models; it needs langchain-core 1.8 or newer. Modules beside them: `errors` (what can go
wrong), `cost` (what calls cost), `account` (balance, the log), `catalogue` (models and prices),
`batches` (many requests at a lower price) and `testing` (tests without network and key).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._model.bindable import StructuredAnswer
from langchain_aimlapi._version import __version__
from langchain_aimlapi.chat_models import ChatAIMLAPI, ChatAimlapi

if TYPE_CHECKING:
    from langchain_aimlapi.decisions import AIMLAPIDecisions as AIMLAPIDecisions
    from langchain_aimlapi.embeddings import AIMLAPIEmbeddings
    from langchain_aimlapi.embeddings import AIMLAPIEmbeddings as AimlapiEmbeddings

# Without AIMLAPIDecisions: `import *` would fail with a langchain-core that is older than 1.8.
__all__ = [
    "AIMLAPIEmbeddings",
    "AimlapiEmbeddings",
    "ChatAIMLAPI",
    "ChatAimlapi",
    "StructuredAnswer",
    "__version__",
]

_LATER = {
    "AIMLAPIDecisions": "decisions",
    "AIMLAPIEmbeddings": "embeddings",
    "AimlapiEmbeddings": "embeddings",
}
"""Modules that are imported when first asked for: a program that only chats does without them."""


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
