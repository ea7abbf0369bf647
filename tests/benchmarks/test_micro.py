"""Single functions of the hot path, with pytest-benchmark.

`pytest tests/benchmarks/test_micro.py --benchmark-only` measures. In an ordinary run of the suite
each function is called once and its result is checked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from doors.answers import read_answer
from doors.bodies import encode, request_body
from doors.streams import BodyDecoder, EventDecoder, stream_reader
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from benchmarks.server import BODY, events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk
    from pytest_benchmark.fixture import BenchmarkFixture

CHUNKS = 1000
EVENTS = CHUNKS + 4
"""With the role, the finish reason, the usage and `[DONE]`."""

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@pytest.fixture
def timed(benchmark: BenchmarkFixture, pytestconfig: pytest.Config) -> BenchmarkFixture:
    """Measure only when measuring is all that is asked for."""
    benchmark.disabled = not pytestconfig.getoption("benchmark_only")
    return benchmark


def _reads(kind: str, per_read: int) -> list[bytes]:
    made = list(events(kind, CHUNKS))
    return [b"".join(made[at : at + per_read]) for at in range(0, len(made), per_read)]


@pytest.mark.parametrize("per_read", [1, 50])
@pytest.mark.parametrize("decoder", [EventDecoder, BodyDecoder])
def test_decode_a_stream(timed: BenchmarkFixture, decoder: type[Any], per_read: int) -> None:
    reads = _reads("text", per_read)

    def decode() -> int:
        feed = decoder().feed
        return sum(len(feed(read)) for read in reads)

    assert timed(decode) == EVENTS


@pytest.mark.parametrize(
    ("kind", "endpoint", "finish"),
    [
        ("text", "chat/completions", "stop"),
        ("reasoning", "chat/completions", "stop"),
        ("tools", "chat/completions", "tool_calls"),
        ("responses", "responses", "stop"),
    ],
)
def test_parse_a_stream(timed: BenchmarkFixture, kind: str, endpoint: str, finish: str) -> None:
    decoded = [event for read in _reads(kind, 50) for event in EventDecoder().feed(read)]

    def parse() -> tuple[int, ChatGenerationChunk]:
        parser = stream_reader(endpoint=endpoint)
        count = sum(len(parser.feed(event)) for event in decoded)
        return count, parser.close()[-1]

    count, last = timed(parse)
    assert count == CHUNKS
    assert last.message.response_metadata["finish_reason"] == finish


def _event_of_claude(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def test_parse_a_stream_of_the_messages_endpoint(timed: BenchmarkFixture) -> None:
    message = {"id": "msg_1", "model": "m", "content": [], "usage": {"input_tokens": 1}}
    piece = {"type": "text_delta", "text": " Hello"}
    read = b"".join(
        [
            _event_of_claude("message_start", message=message),
            _event_of_claude(
                "content_block_start", index=0, content_block={"type": "text", "text": ""}
            ),
            *[_event_of_claude("content_block_delta", index=0, delta=piece)] * CHUNKS,
            _event_of_claude("message_delta", delta={"stop_reason": "end_turn"}),
        ]
    )

    def parse() -> tuple[int, ChatGenerationChunk]:
        parser = stream_reader(endpoint="messages")
        count = sum(len(parser.feed(event)) for event in EventDecoder().feed(read))
        return count, parser.close()[-1]

    count, last = timed(parse)
    assert count == CHUNKS
    assert last.message.response_metadata["finish_reason"] == "stop"


def test_parse_a_whole_answer(timed: BenchmarkFixture) -> None:
    answer = timed(read_answer, BODY).generations[0].message
    assert answer.text == "Hello! " * 40
    assert answer.usage_metadata["total_tokens"] == 516


def _conversation(turns: int) -> list[BaseMessage]:
    messages: list[BaseMessage] = [SystemMessage("Be brief.")]
    for turn in range(turns):
        call = {"name": "weather", "args": {"city": "Paris"}, "id": f"call_{turn}"}
        messages += [
            HumanMessage("How is the weather?"),
            AIMessage("", tool_calls=[call]),
            ToolMessage("Sunny.", tool_call_id=f"call_{turn}"),
            AIMessage("It is sunny."),
        ]
    return [*messages, HumanMessage("Thanks!")]


@pytest.mark.parametrize(
    ("messages", "tools", "sent"),
    [
        pytest.param([HumanMessage("Hello")], None, {"openai": 1, "anthropic": 1}, id="one"),
        pytest.param(_conversation(10), [TOOL], {"openai": 42, "anthropic": 41}, id="ten turns"),
    ],
)
@pytest.mark.parametrize("schema", ["openai", "anthropic"])
def test_write_a_request(
    timed: BenchmarkFixture,
    schema: str,
    messages: Sequence[BaseMessage],
    tools: list[dict[str, Any]] | None,
    sent: dict[str, int],
) -> None:
    options = {"stream": True, "tools": tools, "schema": schema}
    body = timed(request_body, messages, "bench/model", **options)
    assert len(body["messages"]) == sent[schema]


def test_encode_a_request(timed: BenchmarkFixture) -> None:
    body = request_body(_conversation(10), "bench/model", stream=True, schema="openai")
    assert timed(encode, body).startswith(b'{"model":"bench/model",')
