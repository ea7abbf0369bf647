"""Calls that cannot be read, in streams that are merged: invalid in every way, with their text.

LangChain parses the arguments of merged chunks once more. What the last chunk adds to keep it from
repairing them stands behind the text in `invalid_tool_calls`; the blocks have the text alone.
"""

from __future__ import annotations

import pickle
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import pytest
from cases.doors import Ways, blocks_of
from cases.reading import END, Json, body, call, calls, chunk
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    message_chunk_to_message,
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
        assert is_as_sent(merged, args)
        assert merged.tool_calls == invoked.tool_calls
        assert shown_of(merged) == blocks_of(invoked)
        assert message_chunk_to_message(merged) == merged_as_message(merged)


def is_as_sent(message: Any, args: str) -> bool:
    """Return whether the only invalid call holds what was sent, and a mark behind it at most."""
    (made,) = message.invalid_tool_calls
    return (made["id"], made["name"]) == ("c1", "f") and made["args"].rstrip('"}]') == args.rstrip(
        '"}]'
    )


def shown_of(message: AIMessage) -> list[Json]:
    """Return the blocks, without the pieces of broken calls that LangChain leaves in v1."""
    return [block for block in blocks_of(message) if block["type"] != "tool_call_chunk"]


def merged_as_message(merged: AIMessageChunk) -> AIMessage:
    names = AIMessage.model_fields.keys() - {"type"}
    return AIMessage(**{name: getattr(merged, name) for name in names})


@versions
def test_a_chain_and_an_invoke_that_streams_have_the_text_too(fields: Json) -> None:
    given = ways(OTHER, **fields)
    streaming = given.model.model_copy(update={"streaming": True})
    answer = streaming.invoke("hi")
    assert type(answer) is AIMessage
    assert is_as_sent(answer, BROKEN[0])
    assert [block["args"] for block in shown_of(answer) if "error" in block] == [BROKEN[0]]
    seen: list[Any] = []
    chain = given.model | RunnableLambda(seen.append)
    list(chain.stream("hi"))
    assert is_as_sent(seen[0], BROKEN[0])


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
        assert is_as_sent(message, BROKEN[0])


def test_what_is_merged_further_never_becomes_a_valid_call() -> None:
    for merged in merges(ways(OTHER).chunks()).values():
        more = merged + AIMessageChunk("more")
        assert [made["name"] for made in more.tool_calls] == ["g"]
        assert [made["id"] for made in more.invalid_tool_calls] == ["c1"]
        assert blocks_of(more)[-1]["args"] == BROKEN[0]
    unpickled = pickle.loads(pickle.dumps(ways(OTHER).chunks()))  # noqa: S301  # our own
    for merged in merges(unpickled).values():
        assert [made["name"] for made in merged.tool_calls] == ["g"]


def test_the_chunks_are_langchains_own() -> None:
    assert {type(made) for made in ways(OTHER).chunks()} == {AIMessageChunk}
