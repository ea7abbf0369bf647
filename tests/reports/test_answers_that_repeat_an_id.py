"""Some services answer every call with the same id; messages are told apart all the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from answered import chat_stream, completion, model_of, sse
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import add_messages

TEXT = {"role": "assistant", "content": "Hello"}
WHOLE: dict[str, Any] = {
    "chat/completions": lambda id_: {**completion(TEXT), "id": id_},
    "responses": lambda id_: {
        "id": id_, "object": "response", "status": "completed",
        "output": [{"type": "message", "id": "msg_1", "role": "assistant",
                    "content": [{"type": "output_text", "text": "Hello"}]}],
    },
    "messages": lambda id_: {
        "id": id_, "model": "m", "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
    },
}  # fmt: skip


def stream_of(endpoint: str, id_: str) -> bytes:
    body = WHOLE[endpoint](id_)
    if endpoint == "chat/completions":
        later = chat_stream({"content": "He"}, {"content": "llo"}).replace(b"gen-1", id_.encode())
        # The first chunk has no id yet.
        return sse([{**completion(None), "id": None, "choices": []}]) + later
    if endpoint == "responses":
        piece = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0}
        return sse([{**piece, "delta": "Hello"}, {"type": "response.completed", "response": body}])
    start = {"type": "content_block_start", "index": 0, "content_block": body["content"][0]}
    return sse(
        [{"type": "message_start", "message": {**body, "content": [], "stop_reason": None}}, start,
         {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]
    )  # fmt: skip


@pytest.mark.parametrize("endpoint", WHOLE)
@pytest.mark.parametrize("id_", ["0", "chatcmpl-abcdefghijklmnopqrstuvwx"])
def test_a_message_has_an_id_of_its_own_and_the_services_id_beside_it(
    endpoint: str, id_: str
) -> None:
    stream = stream_of(endpoint, id_)
    model = model_of(WHOLE[endpoint](id_), stream, endpoint=endpoint)

    async def both() -> list[Any]:
        first, *rest = [chunk async for chunk in model.astream("Hi")]
        return [await model.ainvoke("Hi"), first + rest]

    made: list[Any] = [model.invoke("Hi"), model.invoke("Hi"), *asyncio.run(both())]
    for _ in range(2):
        chunks = list(model.stream("Hi"))
        assert len({chunk.id for chunk in chunks}) == 1
        assert chunks[0].id
        made.append(chunks[0] + chunks[1:])
    events = list(model.stream_events("Hi", version="v3"))
    (started,) = [event for event in events if event["event"] == "message-start"]
    assert str(started["id"]).startswith("lc_run-")
    output = model.stream_events("Hi", version="v3").output
    assert all(message.response_metadata["id"] == id_ for message in (*made, output))
    ids = [message.id for message in (*made, output)]
    assert all(ids)
    assert len(set(ids)) == len(ids)


def test_a_graph_keeps_both_answers_of_one_id() -> None:
    model = model_of({**completion(TEXT), "id": "0"})
    history: Any = [HumanMessage("Hi")]
    for _ in range(2):
        history = add_messages(history, [model.invoke(history)])
    assert [type(message) for message in history] == [HumanMessage, AIMessage, AIMessage]


def test_several_answers_of_one_call_have_ids_of_their_own() -> None:
    body = completion(TEXT)
    body["choices"] *= 3
    generations: Any = model_of(body, n=3).generate([[HumanMessage("Hi")]]).generations[0]
    assert len({generation.message.id for generation in generations}) == 3


def test_made_up_ids_of_calls_differ_between_answers_of_one_number() -> None:
    called = {"tool_calls": [{"function": {"name": "get", "arguments": "{}"}}]}
    stream = chat_stream(called).replace(b"gen-1", b"0")
    model = model_of({**completion({"content": None, **called}), "id": "0"}, stream)
    streamed = [list(model.stream("Hi")) for _ in range(2)]
    messages = [model.invoke("Hi"), model.invoke("Hi"), *(c[0] + c[1:] for c in streamed)]
    assert len({message.tool_calls[0]["id"] for message in messages}) == 4
