"""Whole bodies: what comes out of them, and that a stream of the same answer says the same."""

from typing import Any

import pytest
from cases.bodies import BODIES
from cases.reading import Case, Json, invoked, said_by, streamed
from cases.slicing import streams_of
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message

WAYS = ("in one chunk", "in pieces", "as a document")


@pytest.mark.parametrize("case", BODIES.values(), ids=BODIES)
def test_body_is_read_right(case: Case) -> None:
    assert said_by(invoked(case.given)) == case.expected


def fields_of(message: AIMessage) -> Json:
    """Return all that a message holds, apart from what LangChain makes of a broken call."""
    fields = message.model_dump(exclude={"id", "type", "tool_call_chunks", "chunk_position"})
    fields["blocks"] = message.content_blocks
    # LangChain says no reason; that the text stays broken takes a character or three more.
    fields["invalid_tool_calls"] = [
        (call["name"], call["id"], (call["args"] or "").rstrip('"]}'))
        for call in message.invalid_tool_calls
    ]
    return fields


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", BODIES.values(), ids=BODIES)
def test_stream_and_body_of_the_same_answer_are_equal(case: Case, way: str) -> None:
    stream = streamed(streams_of(case.given)[way])
    assert isinstance(stream, AIMessageChunk)
    assert fields_of(stream) == fields_of(invoked(case.given))
    whole: Any = message_chunk_to_message(stream)
    assert fields_of(whole) == fields_of(invoked(case.given))


def test_stream_that_nobody_asked_for_is_read() -> None:
    data = streams_of(BODIES["everything at once"].given)["in pieces"]
    assert fields_of(invoked(data)) == fields_of(invoked(BODIES["everything at once"].given))
