"""Ids of messages, several answers of one call, long answers, and what has no type."""

from __future__ import annotations

import asyncio
import json
import warnings
from time import process_time
from typing import Any

import pytest
import wire
from langchain_core.messages import HumanMessage
from langchain_core.outputs import ChatGeneration
from wire import chunk

from langchain_aimlapi.errors import StreamInterruptedError

Json = dict[str, Any]
HELLO = {"type": "text", "text": "Hello"}
BODIES: dict[str, Json] = {
    "chat/completions": wire.completion({"content": "Hello"}),
    "messages": wire.claude(HELLO),
    "responses": wire.response(wire.message_item("Hello")),
}


@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
@pytest.mark.parametrize("id_", ["0", "chatcmpl-abcdefghijklmnopqrstuvwx"])
def test_a_message_has_an_id_of_its_own_and_the_services_id_beside_it(
    endpoint: str, id_: str
) -> None:
    body = {**BODIES[endpoint], "id": id_}
    stream = wire.STREAMS[endpoint](body)["pieces"].replace(b'"msg_1"', json.dumps(id_).encode())
    model = wire.model_of(body, stream, endpoint=endpoint)

    async def both() -> list[Any]:
        first, *rest = [made async for made in model.astream("Hi")]
        return [await model.ainvoke("Hi"), first + rest]

    made: list[Any] = [model.invoke("Hi"), model.invoke("Hi"), *asyncio.run(both())]
    for _ in range(2):
        chunks = list(model.stream("Hi"))
        assert len({each.id for each in chunks}) == 1
        made.append(chunks[0] + chunks[1:])
    made.append(model.stream_events("Hi", version="v3").output)
    assert [message.response_metadata["id"] for message in made] == [id_] * len(made)
    assert all(message.id for message in made)
    assert len({message.id for message in made}) == len(made)


# --- several answers ----------------------------------------------------------------------------
def several(*texts: str, **more: Any) -> Json:
    """Return a body of several choices."""
    choices = [
        {"index": n, "message": {"content": text, **more}, "finish_reason": "stop"}
        for n, text in enumerate(texts)
    ]
    return {"id": "gen-1", "model": "m", "choices": choices, "usage": wire.usage(1, 2)}


def test_messages_of_several_choices_have_ids_of_their_own_and_one_usage() -> None:
    body = several("a", "b", "c", **wire.calls(wire.call("f", "{}")))
    model = wire.model_of(body, n=3, headers={"x-aimlapi-usd-spent": "0.5"})
    made: Any = model.generate([[HumanMessage("hi")]]).generations[0]
    assert {type(one) for one in made} == {ChatGeneration}
    messages = [one.message for one in made]
    assert [message.text for message in messages] == ["a", "b", "c"]
    assert len({message.id for message in messages}) == 3
    assert len({message.tool_calls[0]["id"] for message in messages}) == 3
    assert [message.response_metadata["id"] for message in messages] == ["gen-1"] * 3
    # Tracers add the usage of all generations up.
    assert [message.usage_metadata is None for message in messages] == [False, True, True]
    costs = [message.response_metadata.get("cost") for message in messages]
    assert costs == [{"usd": 0.5}, None, None]


def test_choices_of_several_forms_may_stand_beside_each_other() -> None:
    body = several("a")
    body["choices"] += [
        {"index": 1, "message": None, "finish_reason": "content_filter"},
        {"index": 2, "text": "C", "logprobs": {"tokens": ["C"]}},
        {"index": 3, "message": wire.calls(wire.call("f", "{}", id="c1"))},
    ]
    made: Any = wire.model_of(body, n=4).generate([[HumanMessage("hi")]]).generations[0]
    assert [one.text for one in made] == ["a", "", "C", ""]
    assert [len(one.message.tool_calls) for one in made] == [0, 0, 0, 1]


HI = chunk({"content": "Hi"})
CUT = chunk({}, index=1, finish="length")
CHOICES: dict[str, tuple[list[Any], str, str | None]] = {
    "an index that comes late": (
        [{"choices": [{"delta": {"content": "H"}}]}, chunk({"content": "i"}, finish="stop"),
         wire.DONE],
        "Hi", "stop",
    ),
    "a silent index brings the finish": ([HI, CUT], "Hi", "length"),
    "the last silent index counts": ([HI, CUT, chunk({}, index=1, finish="stop")], "Hi", "stop"),
    "the finish of another answer ends nothing": (
        [HI, CUT, chunk({"content": "Ho"}, index=1), wire.DONE], "Hi", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("events", "text", "finish"), CHOICES.values(), ids=CHOICES)
def test_of_several_streamed_answers_the_first_is_read(
    events: list[Any], text: str, finish: str | None
) -> None:
    message = wire.streamed(events)
    assert message.text == text
    assert message.response_metadata.get("finish_reason") == finish


def test_of_several_answers_that_were_asked_for_the_first_counts_even_if_it_is_late() -> None:
    begun = [chunk({"role": "assistant"}, index=n) for n in (0, 1)]
    events = [*begun, chunk({"content": "B"}, index=1), HI, wire.DONE]
    assert wire.streamed(events, n=2).text == "Hi"


@pytest.mark.parametrize(
    "events",
    [
        *([chunk({}, index=1, finish=odd)] for odd in (7, ["stop"], {"reason": "stop"}, "")),
        [CUT, chunk({}, index=1)],
        [CUT, chunk({"content": "Ho"}, index=1)],
    ],
)
def test_what_is_no_finish_of_the_answer_does_not_end_it(events: list[Any]) -> None:
    with pytest.raises(StreamInterruptedError):
        wire.chunks_of([HI, *events])


# --- work that grows with the answer, and no faster ---------------------------------------------
def choices(count: int) -> None:
    wire.invoked(several(*["a"] * count * 2))


def pieces(count: int) -> None:
    parts = ['{"a": [', *["{}," * 200] * count, "{}]}"]
    wire.streamed([*(chunk(wire.calls(wire.call("f", p, index=0))) for p in parts), wire.DONE])


def broken(count: int) -> None:
    wire.streamed(
        [
            chunk(wire.calls(wire.call("f", '{"a": b, "' + "x" * count * 1_000, id="c1"))),
            wire.DONE,
        ]
    )


@pytest.mark.parametrize("read", [choices, pieces, broken])
def test_ten_times_the_answer_is_not_a_hundred_times_the_work(read: Any) -> None:
    def seconds(count: int) -> float:
        begun = process_time()
        read(count)
        return process_time() - begun

    small, large = (min(seconds(count) for _ in range(3)) for count in (25, 250))
    assert large < 40 * small + 0.05  # the least of three: the collector may come in between


def test_arguments_that_are_nested_too_deeply_are_kept_as_they_came() -> None:
    arguments = '{"a":' + "[" * 20_000
    body = wire.completion(wire.calls(wire.call("f", arguments, id="c")), finish="tool_calls")
    answer = wire.model_of(body).invoke("Hi")
    (invalid,) = answer.invalid_tool_calls
    assert (answer.tool_calls, invalid["args"]) == ([], arguments)
    assert invalid["error"] == "Arguments are nested too deeply."


# --- what has no word for a type ----------------------------------------------------------------
def holding(kind: Any) -> dict[str, Json]:
    """Return answers that hold something of a kind, by endpoint."""
    cited = {"type": kind, "url": "https://s.test", "title": "S"}
    odd = {"type": kind, "x": 1}
    item = wire.message_item(wire.text_part("Hello", annotations=[cited]))
    return {
        "chat/completions": wire.completion({"content": [odd, HELLO], "annotations": [cited]}),
        "messages": wire.claude(odd, HELLO),
        "responses": wire.response({"type": kind, "id": "i"}, item),
    }


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("endpoint", wire.ENDPOINTS)
def test_a_type_that_is_no_word_disturbs_nothing(endpoint: str, version: str) -> None:
    for kind in (["text"], {"type": "text"}, 7):
        body = holding(kind)[endpoint]
        answer = wire.invoked(body, endpoint=endpoint, output_version=version)
        assert answer.text == "Hello"
        assert "non_standard" in {block["type"] for block in answer.content_blocks}
        for other, reply in BODIES.items():
            sent: list[Json] = []
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that something is left out
                model = wire.model_of(reply, sent=sent, endpoint=other, max_tokens=100)
                model.invoke(["Hi!", answer, "Go on."])
            assert "Hello" in str(sent)
