"""Chains of prompts, models and parsers: whole, streamed, in parallel, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from families import CLAUDE, DEEPSEEK, GEMINI, GPT, every_vendor
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, trim_messages
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel

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


async def test_batches_keep_their_order(model_of: ModelOf) -> None:
    chain = SUM | model_of(CLAUDE) | StrOutputParser()
    given = [{"a": n, "b": 10} for n in range(20)]
    expected = [f"{n} * 10 = {n * 10}." for n in range(20)]
    assert chain.batch(given, config={"max_concurrency": 4}) == expected
    assert await chain.abatch(given) == expected


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


@every_vendor
async def test_events_of_a_chain_deliver_each_token_once(model_of: ModelOf, name: str) -> None:
    chain = SUM | model_of(name) | StrOutputParser()
    events: list[Any] = [
        event async for event in chain.astream_events({"a": 17, "b": 23}, version="v2")
    ]
    tokens = [e["data"]["chunk"].text for e in events if e["event"] == "on_chat_model_stream"]
    assert "".join(tokens) == "17 * 23 = 391."
    (end,) = [e for e in events if e["event"] == "on_chat_model_end"]
    assert end["data"]["output"].usage_metadata["total_tokens"] > 0
    assert end["metadata"]["ls_provider"] == "aimlapi"
    assert end["metadata"]["ls_model_name"] == name


def test_trim_messages_counts_with_the_model_and_asks_nobody(
    model_of: ModelOf, emulator: Emulator
) -> None:
    model = model_of(CLAUDE)
    turns = [SystemMessage("Be brief.")]
    for n in range(50):
        turns += [HumanMessage(f"Question {n}: why?"), AIMessage(f"Answer {n}: because.")]
    turns.append(HumanMessage("What is 17 * 23?"))
    trimmer = trim_messages(
        max_tokens=120, token_counter=model, strategy="last", include_system=True, start_on="human"
    )
    before = len(emulator.requests)
    trimmed = trimmer.invoke(turns)
    assert len(emulator.requests) == before
    assert (trimmed[0], trimmed[-1]) == (turns[0], turns[-1])
    assert len(trimmed) < 20
    assert model.get_num_tokens_from_messages(trimmed) <= 120
    assert (trimmer | model).invoke(turns).text == "17 * 23 = 391."
