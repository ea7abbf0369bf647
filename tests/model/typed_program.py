"""What users write, for type checkers: `make types` shows it to mypy and pyright.

What they must refuse has a comment that ignores it, and one that is not needed is an error.
"""
# pyright: standard, reportUnnecessaryTypeIgnoreComment=error

from __future__ import annotations

from typing import Any

import httpx
from pydantic import BaseModel, SecretStr
from typing_extensions import TypedDict, assert_type

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI, StructuredAnswer

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


def right_decisions() -> None:
    from langchain_aimlapi import AIMLAPIDecisions  # noqa: PLC0415  # needs langchain-core 1.8

    decisions = AIMLAPIDecisions("typesafe/jev", api_key=KEY, timeout=30)
    answer = decisions.invoke({"state": "It is broken!", "questions": {}})
    assert_type(answer.response_metadata, dict[str, Any])


def mistakes() -> None:
    ChatAIMLAPI("openai/gpt-4o", "sk-a-key")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ChatAIMLAPI("openai/gpt-4o", model="openai/gpt-4o")  # type: ignore[misc]  # pyright: ignore[reportCallIssue]
    ChatAIMLAPI("openai/gpt-4o", temprature=0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ChatAIMLAPI("openai/gpt-4o", temperature="hot")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ChatAIMLAPI("openai/gpt-4o", endpoint="respones")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ChatAIMLAPI("openai/gpt-4o", api_key=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AIMLAPIEmbeddings("text-embedding-3-small", dimension=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


# --- what a chain gives for each kind of schema
class Person(BaseModel):
    """A person."""

    name: str


class PersonDict(TypedDict):
    """A person."""

    name: str


def search(query: str) -> str:
    """Search."""
    return query


async def use(model: ChatAIMLAPI, *, raw: bool) -> None:
    """Ask in each way."""
    person = model.with_structured_output(Person)
    assert_type(person.invoke("Who?"), Person)
    assert_type(await person.ainvoke("Who?"), Person)
    for each in person.stream("Who?"):
        assert_type(each, Person)
    assert_type(model.with_structured_output(Person, method="json_mode").invoke("Who?"), Person)
    assert_type(
        model.with_structured_output(Person, strict=True, temperature=0).invoke("Who?"), Person
    )
    with_raw = model.with_structured_output(Person, include_raw=True)
    assert_type(with_raw.invoke("Who?"), StructuredAnswer[Person])
    assert_type(with_raw.invoke("Who?")["parsed"], Person | None)
    assert_type(
        model.with_structured_output(PersonDict, include_raw=True).invoke("Who?"),
        StructuredAnswer[dict[str, Any]],
    )
    assert_type(model.with_structured_output(PersonDict).invoke("Who?"), dict[str, Any])
    assert_type(model.with_structured_output({"title": "Person"}).invoke("Who?"), dict[str, Any])
    assert_type(model.with_structured_output(method="json_mode").invoke("Who?"), dict[str, Any])
    # What nobody knows before it comes.
    either = model.with_structured_output(Person, tools=[search]).invoke("Who?")
    assert_type(either, dict[str, Any] | BaseModel)
    assert_type(
        model.with_structured_output(Person, include_raw=raw).invoke("Who?"),
        dict[str, Any] | BaseModel,
    )
