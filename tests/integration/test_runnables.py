"""What LangChain puts around a model: chains, a cache, configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from families import CLAUDE, DEEPSEEK, GEMINI, GPT, every_vendor
from langchain_core.caches import InMemoryCache
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField
from pydantic import BaseModel

from langchain_aimlapi.cost import get_cost_callback

if TYPE_CHECKING:
    from emulator.server import Emulator
    from families import ModelOf


SUM = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "What is {a} * {b}?")])


class Joke(BaseModel):
    """A joke."""

    setup: str
    punchline: str


@every_vendor
async def test_prompt_model_and_parser(model_of: ModelOf, name: str) -> None:
    chain = SUM | model_of(name) | StrOutputParser()
    given = {"a": 17, "b": 23}
    text = "17 * 23 = 391."
    assert chain.invoke(given) == text
    assert await chain.ainvoke(given) == text
    assert "".join(chain.stream(given)) == text
    assert "".join([piece async for piece in chain.astream(given)]) == text


@pytest.mark.parametrize("name", [GPT, GEMINI, DEEPSEEK])  # the Claude schema has no JSON mode
async def test_json_and_pydantic_parsers(model_of: ModelOf, name: str) -> None:
    asked = "Tell me a joke about cats. Return a JSON with 'setup' and 'punchline' keys."
    model = model_of(name).bind(response_format={"type": "json_object"})
    parsed = (model | PydanticOutputParser(pydantic_object=Joke)).invoke(asked)
    assert isinstance(parsed, Joke)
    *growing, last = (model | JsonOutputParser()).stream(asked)
    assert last == parsed.model_dump()
    assert growing
    steps = [step async for step in (model | JsonOutputParser()).astream(asked)]
    assert steps == [*growing, last]


@pytest.mark.parametrize("method", ["invoke", "ainvoke"])
async def test_an_answer_of_the_cache_says_so_and_costs_nothing(
    model_of: ModelOf, emulator: Emulator, method: str
) -> None:
    model = model_of(CLAUDE, cache=InMemoryCache())

    async def ask() -> Any:
        return model.invoke("hi") if method == "invoke" else await model.ainvoke("hi")

    first_answer = await ask()
    before = len(emulator.requests)
    with get_cost_callback() as cost:
        hit = await ask()
    assert len(emulator.requests) == before
    assert "total_cost" not in first_answer.usage_metadata
    assert hit.usage_metadata == {**first_answer.usage_metadata, "total_cost": 0}
    assert hit.response_metadata["cost"] == first_answer.response_metadata["cost"]
    assert (cost.calls, cost.usd) == (0, 0)


def test_configurable_fields(model_of: ModelOf, emulator: Emulator) -> None:
    model = model_of(GPT, max_tokens=50).configurable_fields(
        model=ConfigurableField(id="model"), temperature=ConfigurableField(id="warmth")
    )
    model.invoke("hi")
    assert emulator.requests[-1].body["model"] == GPT
    chosen = {"model": CLAUDE, "warmth": 0.3}
    answer = model.with_config(configurable=chosen).invoke("hi", stop=["you"])
    assert answer.text == "Hello! How are "
    body = emulator.requests[-1].body
    assert (body["model"], body["temperature"]) == (CLAUDE, 0.3)
    assert body["stop_sequences"] == ["you"]  # the schema follows the model
