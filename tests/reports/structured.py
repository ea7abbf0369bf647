"""Asks for structured answers, on each endpoint and in each way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import Answer, answers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Json = dict[str, Any]

METHODS = ("json_schema", "json_mode", "function_calling")
ENDPOINTS: dict[str, dict[str, Any]] = {
    "openai schema": {"model": "gpt-4o"},
    "claude schema": {"model": "anthropic/claude-sonnet-4"},
    "messages": {"model": "anthropic/claude-sonnet-4", "endpoint": "messages"},
    "responses": {"model": "openai/gpt-5-pro", "endpoint": "responses"},
}
WITH_FORMATS = ("openai schema", "responses")
"""Where JSON text can be asked for."""
PLACES = [
    (endpoint, method)
    for endpoint in ENDPOINTS
    for method in METHODS
    if method == "function_calling" or endpoint in WITH_FORMATS
]
"""Each endpoint, with each method that it has."""


def answering(answer: Answer, endpoint: str, **settings: Any) -> ChatAIMLAPI:
    """Return a model that gives this answer to whatever it is asked."""
    return ChatAIMLAPI(**ENDPOINTS[endpoint], **answers([answer] * 8), **settings)


def by_method(method: str, text: str, *, name: str = "Person", **more: Any) -> Answer:
    """Return an answer that holds a text where a method expects it."""
    if method == "function_calling":
        return Answer(tool_calls=[{"name": name, "args": text, "id": "call_1"}], **more)
    return Answer(text=text, **more)


async def in_every_way(chain: Any) -> dict[str, Any]:
    """Return what a chain comes to, by the name of the way: a value, or the error."""

    async def invoke() -> Any:
        return chain.invoke("Who?")

    async def stream() -> Any:
        return list(chain.stream("Who?"))[-1]

    async def ainvoke() -> Any:
        return await chain.ainvoke("Who?")

    async def astream() -> Any:
        return [value async for value in chain.astream("Who?")][-1]

    ways = (invoke, stream, ainvoke, astream)
    return {way.__name__: await _outcome(way) for way in ways}


async def _outcome(way: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await way()
    except Exception as error:  # noqa: BLE001  # whatever it is, the test looks at it
        return error


async def expect(chain: Any, expected: Any) -> None:
    """Check that a chain comes to a value, in every way."""
    found = await in_every_way(chain)
    assert found == {way: expected for way in found}  # noqa: C420  # each is compared with its own


def sent(endpoint: str, ask: Any, answer: Answer | None = None, **settings: Any) -> Json:
    """Return the body of the request that `ask` makes of a model."""
    service = answers([answer or Answer(text="Hi")])
    ask(ChatAIMLAPI(**ENDPOINTS[endpoint], **service, **settings))
    return service.requests[0]


def tools_of(endpoint: str, *tools: Any, **options: Any) -> list[Json]:
    """Return tools as they are sent, each as its name and schema at least."""
    body = sent(endpoint, lambda model: model.bind_tools(list(tools), **options).invoke("Hi"))
    return [tool.get("function", tool) for tool in body["tools"]]


def schema_in(body: Json) -> tuple[str | None, Json, bool | None]:
    """Return the name, the schema and `strict` of a structured answer that a request asks for."""
    form = body.get("response_format", {}).get("json_schema") or body.get("text", {}).get("format")
    if form is not None:
        return form["name"], form["schema"], form.get("strict")
    tool = body["tools"][0]
    function = tool.get("function", tool)
    schema = function.get("parameters", function.get("input_schema"))
    return function["name"], schema, function.get("strict")
