"""What users write, for type checkers. A line that says `wrong` is one that they must refuse."""

from __future__ import annotations

import httpx
from pydantic import SecretStr

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI

KEY = "sk-0123456789abcdef"


async def key_of_later() -> str:
    return KEY


def right() -> list[ChatAIMLAPI]:
    return [
        ChatAIMLAPI("openai/gpt-4o", api_key=KEY),
        ChatAIMLAPI("openai/gpt-4o", api_key=SecretStr(KEY), temperature=0, timeout=60),
        ChatAIMLAPI("openai/gpt-4o", api_key=lambda: KEY, max_retries=0, tags=["a"]),
        ChatAIMLAPI("openai/gpt-4o", api_key=key_of_later, endpoint="responses"),
        ChatAIMLAPI(model="openai/gpt-4o", api_key=KEY, base_url="https://gateway.test/v1"),
        ChatAIMLAPI(
            model_name="openai/gpt-4o",
            aimlapi_api_key=KEY,
            aimlapi_api_base="https://gateway.test/v1",
            stop_sequences=["END"],
        ),
        ChatAIMLAPI("openai/gpt-4o", api_key=KEY, stop="END", logit_bias={1: 2}),
        ChatAIMLAPI("openai/gpt-4o", api_key=KEY, timeout=httpx.Timeout(5), proxy=None),
        ChatAIMLAPI("openai/gpt-4o", api_key=KEY, timeout=(1, 2, 3, 4), cache=False),
        ChatAIMLAPI("openai/gpt-4o", api_key=KEY, http_client=httpx.Client()),
        ChatAIMLAPI(
            "anthropic/claude-sonnet-4",
            api_key=KEY,
            max_tokens=2048,
            thinking={"type": "enabled", "budget_tokens": 1024},
            default_headers={"X-Team": "a"},
            client_request_id=lambda: "job-1",
            model_kwargs={"enable_search": True},
        ),
    ]


def right_embeddings() -> list[AIMLAPIEmbeddings]:
    return [
        AIMLAPIEmbeddings("text-embedding-3-small", api_key=KEY),
        AIMLAPIEmbeddings(model="text-embedding-3-small", api_key=SecretStr(KEY), dimensions=256),
        AIMLAPIEmbeddings(model_name="text-embedding-3-small", aimlapi_api_key=KEY, timeout=None),
    ]


def mistakes() -> None:
    ChatAIMLAPI()  # wrong
    ChatAIMLAPI("openai/gpt-4o", "sk-a-key")  # wrong
    ChatAIMLAPI("openai/gpt-4o", model="openai/gpt-4o")  # wrong
    ChatAIMLAPI("openai/gpt-4o", temprature=0)  # wrong
    ChatAIMLAPI("openai/gpt-4o", temperature="hot")  # wrong
    ChatAIMLAPI("openai/gpt-4o", endpoint="respones")  # wrong
    ChatAIMLAPI("openai/gpt-4o", api_key=5)  # wrong
    AIMLAPIEmbeddings()  # wrong
    AIMLAPIEmbeddings("text-embedding-3-small", dimension=5)  # wrong
