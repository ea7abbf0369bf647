"""Calls that cannot be read, in streams that are merged: the text as it was sent, in every way."""

from __future__ import annotations

import copy
import json
import pickle
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import pytest
from cases.doors import Ways, blocks_of
from cases.reading import END, Json, body, call, calls, chunk
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps, loads
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    message_chunk_to_message,
    message_to_dict,
)
from langchain_core.runnables import RunnableLambda

if TYPE_CHECKING:
    from langchain_core.outputs import LLMResult

BROKEN = ['{"a": [1', '{"a": "b', "{]", "hello", "[1]", '{"a": 1']


def ways(*more: Json, text: str | None = None, args: str = BROKEN[0], **fields: Any) -> Ways:
    """Return an answer with an invalid call, whole and in pieces."""
    message = {"content": text, **calls(call("f", args, id="c1", index=0), *more)}
    events = [
        *([chunk({"content": text})] if text else []),
        *([chunk({"content": ""})]),
        chunk(calls(call("f", args[:3], id="c1", index=0))),
        chunk(calls(call(None, args[3:], index=0), *more)),
        chunk({}, finish="length"),
        END,
    ]
    return Ways(body(message, finish="length"), events, **fields)


OTHER = call("g", '{"b": 2}', id="c2", index=1)
V1: Json = {"output_version": "v1"}
versions = pytest.mark.parametrize("fields", [{}, V1], ids=["v0", "v1"])


def merges(chunks: list[AIMessageChunk]) -> dict[str, AIMessageChunk]:
    """Return the chunks, merged as users and LangChain do it."""
    first, *others = chunks
    half = len(others) // 2
    return {
        "one by one": reduce(add, chunks),
        "as a list": first + others,
        "by halves": (first + others[:half]) + others[half:],
        "the last at last": first + others[:-1] + others[-1],
        "the last to a list": first + tuple(others),
    }


@versions
@pytest.mark.parametrize("args", BROKEN)
@pytest.mark.parametrize("text", [None, "Let me see."])
def test_invalid_calls_of_merged_chunks_are_those_of_invoke(
    args: str, text: str | None, fields: Json
) -> None:
    given = ways(OTHER, text=text, args=args, **fields)
    invoked = given.invoked()
    assert [made["args"] for made in invoked.invalid_tool_calls] == [args]
    for merged in merges(given.chunks()).values():
        assert type(merged) is AIMessageChunk
        assert merged.invalid_tool_calls == invoked.invalid_tool_calls
        assert merged.tool_calls == invoked.tool_calls
        assert blocks_of(merged) == blocks_of(invoked)
        if fields:
            assert [b["type"] for b in merged.content] == [b["type"] for b in invoked.content]
        assert message_chunk_to_message(merged) == merged_as_message(merged)


def merged_as_message(merged: AIMessageChunk) -> AIMessage:
    names = AIMessage.model_fields.keys() - {"type"}
    return AIMessage(**{name: getattr(merged, name) for name in names})


@versions
def test_a_chain_and_an_invoke_that_streams_have_the_text_too(fields: Json) -> None:
    given = ways(OTHER, **fields)
    streaming = given.model.model_copy(update={"streaming": True})
    answer = streaming.invoke("hi")
    assert type(answer) is AIMessage
    assert [made["args"] for made in answer.invalid_tool_calls] == [BROKEN[0]]
    assert "tool_call_chunk" not in [block["type"] for block in answer.content_blocks]
    seen: list[Any] = []
    chain = given.model | RunnableLambda(seen.append)
    list(chain.stream("hi"))
    assert [made["args"] for made in seen[0].invalid_tool_calls] == [BROKEN[0]]


@versions
async def test_callbacks_and_traces_have_the_text_too(fields: Json) -> None:
    class Ends(BaseCallbackHandler):
        def __init__(self) -> None:
            self.messages: list[Any] = []

        def on_llm_end(self, response: LLMResult, **_: Any) -> None:
            self.messages += [generation.message for (generation,) in response.generations]  # type: ignore[union-attr]  # those of chat models

    ends = Ends()
    model = ways(OTHER, **fields).model
    list(model.stream("hi", config={"callbacks": [ends]}))
    [_ async for _ in model.astream("hi", config={"callbacks": [ends]})]
    async for event in model.astream_events("hi", version="v2"):
        if event["event"] == "on_chat_model_end":
            ends.messages.append(event["data"]["output"])
    assert len(ends.messages) == 3
    for message in ends.messages:
        assert [made["args"] for made in message.invalid_tool_calls] == [BROKEN[0]]


@pytest.mark.filterwarnings("ignore:The function `loads` is in beta")
@versions
def test_the_chunks_are_langchains_in_everything_else(fields: Json) -> None:
    chunks = ways(OTHER, **fields).chunks()
    for made in (chunks[0], chunks[-1]):
        names = AIMessageChunk.model_fields
        plain = AIMessageChunk.model_construct(
            _fields_set=made.model_fields_set, **{name: getattr(made, name) for name in names}
        )
        assert made == plain
        assert plain == made
        assert made != AIMessageChunk("other")
        assert made != "other"
        assert repr(made) == repr(plain)
        assert made.model_dump() == plain.model_dump()
        assert message_to_dict(made) == message_to_dict(plain)
        assert json.loads(dumps(made)) == json.loads(dumps(plain))
        assert type(loads(dumps(made), allowed_objects="messages")) is AIMessageChunk
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            unpickled = pickle.loads(pickle.dumps(made, protocol))  # noqa: S301  # our own
            assert type(unpickled) is AIMessageChunk
            assert unpickled == made
        with pytest.raises(TypeError):
            hash(made)


def test_copies_of_the_chunks_are_merged_like_the_chunks() -> None:
    for duplicate in (copy.copy, copy.deepcopy, AIMessageChunk.model_copy):
        chunks = [duplicate(made) for made in ways().chunks()]
        for merged in merges(chunks).values():
            assert [made["args"] for made in merged.invalid_tool_calls] == [BROKEN[0]]


def test_what_is_merged_further_never_becomes_a_valid_call() -> None:
    for merged in merges(ways(OTHER).chunks()).values():
        more = merged + AIMessageChunk("more")
        assert [made["name"] for made in more.tool_calls] == ["g"]
        assert [made["id"] for made in more.invalid_tool_calls] == ["c1"]
        assert blocks_of(more)[-1]["args"] == BROKEN[0]
    unpickled = pickle.loads(pickle.dumps(ways(OTHER).chunks()))  # noqa: S301  # our own
    for merged in merges(unpickled).values():
        assert [made["name"] for made in merged.tool_calls] == ["g"]


def test_what_is_no_chunk_cannot_be_added_to_the_last_chunk_either() -> None:
    last = ways().chunks()[-1]
    for other in (7, object(), None):
        with pytest.raises(TypeError):
            other + last  # type: ignore[operator]
        with pytest.raises(TypeError):
            last + other


def test_chunks_of_streams_without_invalid_calls_are_plain() -> None:
    given = Ways(events=[chunk(calls(OTHER)), chunk({}, finish="tool_calls"), END])
    assert {type(made) for made in given.chunks()} == {AIMessageChunk}
