"""Corners that are rarely walked: how deep, how far, in which order, and in what words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import (
    AIMLAPIError,
    AuthenticationError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

CHAT: dict[str, Any] = {"model": "openai/gpt-4o"}
MESSAGES: dict[str, Any] = {"model": "anthropic/claude-sonnet-4", "endpoint": "messages"}
RESPONSES: dict[str, Any] = {"model": "openai/gpt-4o", "endpoint": "responses"}


def _model(body: Any, status: int = 200, **settings: Any) -> ChatAIMLAPI:
    """Return a model that is answered with a body, or with the events of a stream."""
    if isinstance(body, list):
        content = "".join(f"data: {json.dumps(event)}\n\n" for event in body).encode()
        headers = {"content-type": "text/event-stream"}
    else:
        content, headers = json.dumps(body).encode(), {"content-type": "application/json"}
    transport = httpx.MockTransport(
        lambda _: httpx.Response(status, content=content, headers=headers)
    )
    client = httpx.Client(transport=transport)
    return ChatAIMLAPI(api_key="k", max_retries=0, http_client=client, **settings)


def _chunks(events: Sequence[Any], **settings: Any) -> list[AIMessageChunk]:
    chunks = list(_model(list(events), **settings).stream("Hi"))
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    return chunks


@pytest.mark.parametrize("depth", [0, 1, 7, 8])
def test_a_complaint_is_shown_with_its_place(depth: int) -> None:
    meta: Any = {"_errors": ["not that"]}
    for _ in range(depth):
        meta = {"a": meta}
    with pytest.raises(InvalidRequestError) as caught:
        _model({"message": "Bad body", "meta": meta}, 400, **CHAT).invoke("Hi")
    place = ".".join("a" * depth)
    complaint = f"{place}: not that" if place else "not that"
    assert caught.value.message == f"Bad body: {complaint}"


def test_a_complaint_at_a_depth_that_no_service_has_is_not_looked_for() -> None:
    meta: Any = {"_errors": ["not that"]}
    for _ in range(9):
        meta = {"a": meta}
    with pytest.raises(InvalidRequestError) as caught:
        _model({"message": "Bad body", "meta": meta}, 400, **CHAT).invoke("Hi")
    assert caught.value.message == "Bad body"


def _told_in(place: str, word: str) -> dict[str, Any]:
    outer, _, inner = place.rpartition(".")
    if outer == "error.data":
        return {"error": {"message": "No.", "data": {inner: word}}}
    return {"error": {"message": "No.", inner: word}} if outer else {"message": "No.", inner: word}


@pytest.mark.parametrize(
    "place", ["error.code", "error.type", "error.name", "error.data.kind", "code", "type"]
)
@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("rate_limit_exceeded", RateLimitError),
        ("invalid_api_key", AuthenticationError),
    ],
)
def test_the_kind_of_an_error_in_a_stream_stands_in_many_places(
    place: str, word: str, kind: type[Exception]
) -> None:
    events = [
        {"error": True, **_told_in(place, word)} if "." not in place else _told_in(place, word)
    ]
    with pytest.raises(AIMLAPIError) as caught:
        _model(events, **CHAT).invoke("Hi", stream=False)
    with pytest.raises(AIMLAPIError) as streamed:
        list(_model(events, **CHAT).stream("Hi"))
    assert type(caught.value) is type(streamed.value) is kind


def test_a_response_that_failed_without_a_reason_says_so() -> None:
    failed = {"object": "response", "status": "failed", "output": []}
    with pytest.raises(ServerError) as caught:
        _model(failed, **RESPONSES).invoke("Hi")
    assert caught.value.message == "The response failed, without a reason."
    assert json.loads(caught.value.body_excerpt or "") == {
        "error": {"message": "The response failed, without a reason.", "code": "failed"}
    }


def test_arguments_that_are_nested_too_deeply_are_kept_as_they_came() -> None:
    arguments = '{"a":' + "[" * 200_000
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
    message = {"role": "assistant", "content": "", "tool_calls": [call]}
    body = {"id": "a", "choices": [{"message": message, "finish_reason": "tool_calls"}]}
    answer = _model(body, **CHAT).invoke("Hi")
    assert answer.tool_calls == []
    (invalid,) = answer.invalid_tool_calls
    assert invalid["error"] == "Arguments are nested too deeply."
    assert invalid["args"] == arguments


# --- pieces of several blocks, by turns ---


def _opened(index: int, block: dict[str, Any]) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _piece(index: int, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _closed(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def _message(*events: dict[str, Any], reason: str = "end_turn") -> list[dict[str, Any]]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "a", "type": "message", "role": "assistant", "model": "m", "content": []}
    return [
        {"type": "message_start", "message": {**message, "usage": usage}},
        *events,
        {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage},
        {"type": "message_stop"},
    ]


def _use(name: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"id of {name}", "name": name, "input": {}}


def test_pieces_of_two_calls_of_claude_that_come_by_turns_stay_apart() -> None:
    events = _message(
        _opened(0, _use("f")),
        _opened(1, _use("g")),
        _piece(0, type="input_json_delta", partial_json='{"a"'),
        _piece(1, type="input_json_delta", partial_json='{"b"'),
        _piece(0, type="input_json_delta", partial_json=":1}"),
        _piece(1, type="input_json_delta", partial_json=":2}"),
        _closed(0),
        _closed(1),
        reason="tool_use",
    )
    chunks = _chunks(events, **MESSAGES)
    pieces = [piece for chunk in chunks for piece in chunk.tool_call_chunks]
    assert [(p["name"], p["args"], p["id"], p["index"]) for p in pieces] == [
        ("f", "", "id of f", 0),
        ("g", "", "id of g", 1),
        (None, '{"a"', None, 0),
        (None, '{"b"', None, 1),
        (None, ":1}", None, 0),
        (None, ":2}", None, 1),
    ]


def test_a_text_behind_a_block_brings_no_calls() -> None:
    place = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": []}
    image = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "aGk="}
    item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress"}
    said = {**item, "status": "completed", "content": [{**part, "text": "abc"}]}
    response = {
        "id": "r",
        "object": "response",
        "model": "m",
        "status": "in_progress",
        "output": [],
    }
    piece = {"type": "response.output_text.delta", **place}
    chunks = _chunks(
        [
            {"type": "response.created", "response": response},
            {"type": "response.output_item.added", "output_index": 0, "item": image},
            {"type": "response.output_item.done", "output_index": 0, "item": image},
            {
                "type": "response.output_item.added",
                "output_index": 1,
                "item": {**item, "content": []},
            },
            {"type": "response.content_part.added", **place, "part": part},
            {**piece, "delta": "a"},
            {**piece, "delta": "b"},
            {**piece, "delta": "c"},
            {"type": "response.output_item.done", "output_index": 1, "item": said},
            {
                "type": "response.completed",
                "response": {**response, "status": "completed", "output": [image, said]},
            },
        ],
        **RESPONSES,
    )
    assert "".join(chunk.text for chunk in chunks) == "abc"
    assert all(chunk.tool_call_chunks == [] for chunk in chunks)
    assert (
        len(
            {
                str(c.content[0]["index"])
                for c in chunks
                if c.text and isinstance(c.content[0], dict)
            }
        )
        == 1
    )


# --- chunks that are made without validation ---


def test_a_chunk_names_the_fields_that_a_validated_one_names() -> None:
    choice = {"index": 0, "delta": {"content": "a"}, "finish_reason": None}
    end = {**choice, "delta": {}, "finish_reason": "stop"}
    chunk = {"id": "a", "model": "m", "choices": [choice]}
    model = _model([chunk, chunk, {**chunk, "choices": [end]}], **CHAT)
    for made in model._stream([HumanMessage("Hi")]):
        message = made.message
        given = {name: getattr(message, name) for name in message.model_fields_set}
        validated = ChatGenerationChunk(message=AIMessageChunk(**given), **_info(made))
        assert made == validated
        assert made.model_fields_set == validated.model_fields_set
        assert message.model_fields_set == validated.message.model_fields_set
        assert made.model_dump(exclude_unset=True) == validated.model_dump(exclude_unset=True)


def _info(made: ChatGenerationChunk) -> dict[str, Any]:
    return {} if made.generation_info is None else {"generation_info": made.generation_info}


def test_an_answer_names_the_fields_that_a_validated_one_names() -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    model = _model({"id": "a", "model": "m", "choices": [choice], "usage": usage}, **CHAT)
    (made,) = model._generate([HumanMessage("Hi")]).generations
    message = made.message
    given = {name: getattr(message, name) for name in message.model_fields_set}
    validated = ChatGeneration(message=AIMessage(**given), generation_info=made.generation_info)
    assert made == validated
    assert made.model_fields_set == validated.model_fields_set
    assert message.model_fields_set == validated.message.model_fields_set


def test_an_error_beside_a_wrapped_chunk_counts() -> None:
    choice = {"index": 0, "delta": {"content": "a"}, "finish_reason": None}
    chunk = {"id": "a", "model": "m", "choices": [choice]}
    events = [
        {"event": chunk, "state": {}},
        {"event": chunk, "error": {"message": "No more.", "code": "rate_limit_exceeded"}},
    ]
    with pytest.raises(RateLimitError, match=r"No more\."):
        list(_model(events, **CHAT).stream("Hi"))


def test_an_unknown_block_of_claude_keeps_all_citations() -> None:
    cited = [{"type": "new_location", "n": number} for number in range(3)]
    events = _message(
        _opened(0, {"type": "new_block", "id": "b", "citations": cited[:1]}),
        _piece(0, type="citations_delta", citation=cited[1]),
        _piece(0, type="new_delta", words="a"),
        _piece(0, type="citations_delta", citation=cited[2]),
        _piece(0, type="new_delta", words="b", level=1),
        _closed(0),
    )
    blocks = [block for chunk in _chunks(events, **MESSAGES) for block in chunk.content]
    (block,) = (block for block in blocks if isinstance(block, dict))
    sent = {"type": "new_block", "id": "b", "citations": cited, "words": "ab", "level": 1}
    assert block["value"] == sent


# --- thoughts in parts of the content ---


@pytest.mark.parametrize(
    ("part", "detail"),
    [
        ({"thinking": "a"}, {"type": "reasoning.text", "text": "a"}),
        ({"summary": "a"}, {"type": "reasoning.text", "text": "a"}),
        ({"text": "a"}, {"type": "reasoning.text", "text": "a"}),
        ({"thinking": "", "summary": "a"}, {"type": "reasoning.text", "text": "a"}),
        ({"thinking": "a", "summary": "b", "text": "c"}, {"type": "reasoning.text", "text": "a"}),
        ({"summary": "b", "text": "c"}, {"type": "reasoning.text", "text": "b"}),
        (
            {"thinking": "a", "signature": "s"},
            {"type": "reasoning.text", "text": "a", "signature": "s"},
        ),
        (
            {"type": "redacted_thinking", "data": "d"},
            {"type": "reasoning.encrypted", "data": "d"},
        ),
    ],
)
def test_a_thought_stands_under_one_of_several_names(
    part: dict[str, Any], detail: dict[str, Any]
) -> None:
    content = [{"type": "thinking", **part}, {"type": "text", "text": "Hi"}]
    body = {
        "id": "a",
        "choices": [
            {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        ],
    }
    answer = _model(body, **CHAT).invoke("Hi")
    (found,) = answer.additional_kwargs["reasoning_details"]
    assert {key: value for key, value in found.items() if key != "index"} == detail


@pytest.mark.parametrize("name", ["total_cost", "total"])
def test_the_cost_of_an_upstream_may_be_a_sum_of_parts(name: str) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    message = {"role": "assistant", "content": "Hi"}
    body = {
        "id": "a",
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {**usage, "cost": {name: 0.25, "input": 0.05}},
    }
    assert _model(body, **CHAT).invoke("Hi").response_metadata["cost"] == {"usd": 0.25}


def test_details_of_two_thoughts_that_come_by_turns_stay_apart() -> None:
    details = [(0, "a"), (1, "1"), (0, "b"), (1, "2")]
    choices = [
        {
            "index": 0,
            "delta": {
                "reasoning_details": [{"type": "reasoning.text", "index": index, "text": text}]
            },
        }
        for index, text in details
    ]
    end = {"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}
    events = [{"id": "a", "model": "m", "choices": [choice]} for choice in (*choices, end)]
    first, *others = _chunks(events, **CHAT)
    for chunk in others:
        first += chunk
    texts = [detail["text"] for detail in first.additional_kwargs["reasoning_details"]]
    assert texts == ["ab", "12"]
