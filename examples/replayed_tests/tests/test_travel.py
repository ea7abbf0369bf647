"""These run without network and without a key; see the README beside them."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessageChunk, ToolMessage
from travel import Booking, booking_chain, travel_agent

pytestmark = pytest.mark.vcr

QUESTION = {
    "messages": [("human", "What is the weather in Paris, and which trains go to Paris today?")],
}


@pytest.mark.parametrize("model", ["anthropic/claude-sonnet-4.5", "gpt-4o-mini"])
async def test_the_agent_uses_both_tools(model: str) -> None:
    messages = (await travel_agent(model).ainvoke(QUESTION))["messages"]
    results = {m.name: m.content for m in messages if isinstance(m, ToolMessage)}
    assert results == {
        "get_weather": "18 degrees and sunny in Paris",
        "find_trains": "08:12 and 14:40 to Paris",
    }
    assert "18 degrees" in messages[-1].text
    assert "08:12" in messages[-1].text


def test_the_agents_last_words_are_streamed() -> None:
    chunks = [
        message.text
        for message, _ in travel_agent().stream(QUESTION, stream_mode="messages")
        if isinstance(message, AIMessageChunk) and message.text
    ]
    assert "18 degrees" in "".join(chunks)
    assert len(chunks) > 3


def test_a_booking_is_read_from_a_sentence() -> None:
    booking = booking_chain().invoke({"wish": "A table for 4 in Bergen, please."})
    assert booking == Booking(place="Bergen", guests=4)


async def test_bookings_are_read_side_by_side() -> None:
    wishes = [{"wish": f"A table for {guests} in Bergen, please."} for guests in (2, 3, 5)]
    bookings = await booking_chain().abatch(wishes)
    assert [booking.guests for booking in bookings] == [2, 3, 5]
