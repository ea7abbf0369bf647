"""What an error says of a body: how many complaints, how deep, in which words."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from doors.streams import chunks_of

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import (
    AIMLAPIError,
)

KEY = "sk?>~?>~-0123456789"  # in base64 it has both of the characters that URLs write otherwise


def _raised(status: int, body: Any, **headers: str) -> AIMLAPIError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = httpx.Response(status, content=data, headers=headers)
    with httpx.Client(transport=httpx.MockTransport(lambda _: answer)) as client:
        model = ChatAIMLAPI(model="openai/gpt-4o", api_key=KEY, max_retries=0, http_client=client)
        with pytest.raises(AIMLAPIError) as raised:
            model.invoke("hi")
    return raised.value


def _nested(depth: int, complaint: str) -> dict[str, Any]:
    meta: dict[str, Any] = {"_errors": [complaint]}
    for _ in range(depth):
        meta = {"a": meta}
    return meta


def test_five_complaints_are_enough() -> None:
    meta = {"_errors": ["a", "b", 5, "c", "d", "e", "f"]}
    assert _raised(400, {"message": "Bad.", "meta": meta}).message == "Bad.: a; b; c; d; e"


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ([{"loc": ["body", 0, "x"], "msg": "Missing."}], "body.0.x: Missing."),
        ([{"loc": "body", "msg": "Missing."}], "Missing."),
        (["Missing.", {"msg": 5}, 7, None], 'Missing.; {"msg": 5}; 7; null'),
        ([{"why": "é"}], '{"why": "é"}'),
        ([str(n) for n in range(12)], "0; 1; 2; 3; 4; 5; 6; 7; 8; 9"),
    ],
)
def test_each_entry_of_a_list_of_details_is_shown(detail: Any, shown: str) -> None:
    assert _raised(422, {"detail": detail}).message == shown


@pytest.mark.parametrize(
    ("status", "message"),
    [(503, "Service Unavailable"), (599, "The service answered with an error that says nothing")],
)
def test_an_empty_body_leaves_the_words_of_the_status(status: int, message: str) -> None:
    assert _raised(status, b"").message == message


CHUNK = {"id": "1", "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize("name", ["id", "usage", "delta", "message", "choices", "event"])
def test_a_detail_beside_what_answers_have_is_no_error(name: str) -> None:
    event = {"detail": "low", name: {"x": 1}}
    data = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in (event, CHUNK))
    assert "".join(chunk.text for chunk in chunks_of(data)) == "Hi"


def test_a_detail_alone_is_an_error() -> None:
    data = b'data: {"detail": "Too many tokens left."}\n\n'
    with pytest.raises(AIMLAPIError, match=r"Too many tokens left\."):
        chunks_of(data)


@pytest.mark.parametrize("before", ["", "u", "us"])
def test_a_key_is_hidden_in_both_kinds_of_base64(before: str) -> None:
    from base64 import b64encode, urlsafe_b64encode  # noqa: PLC0415  # of this test alone

    for encode in (b64encode, urlsafe_b64encode):
        shown = encode(f"{before}{KEY}:".encode()).decode()
        error = _raised(400, {"message": f"Bad header: {shown}"})
        assert "***" in error.message
        assert shown[8:16] not in str(error)


def test_a_key_is_hidden_as_often_as_it_stands_there() -> None:
    error = _raised(400, {"message": " ".join([KEY] * 40)})
    assert error.message == " ".join(["***"] * 40)


def test_complaints_that_the_message_holds_are_not_said_twice() -> None:
    body = {"message": "Bad. a: No.", "meta": {"a": {"_errors": ["No."]}}}
    assert _raised(400, body).message == "Bad. a: No."


@pytest.mark.parametrize("beside", [{"status": 500}, {"statusCode": 404}, {"detail": "ok"}])
def test_a_chunk_inside_of_an_event_is_no_error_whatever_stands_beside_it(
    beside: dict[str, Any],
) -> None:
    def event(text: str, finish: str | None) -> bytes:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        body = {"event": {"id": "a", "model": "m", "choices": [choice]}, "state": {}, **beside}
        return f"data: {json.dumps(body)}\n\n".encode()

    stream = event("Hi", None) + event("!", "stop") + b"data: [DONE]\n\n"
    headers = {"content-type": "text/event-stream"}
    answer = httpx.Response(200, content=stream, headers=headers)
    with httpx.Client(transport=httpx.MockTransport(lambda _: answer)) as client:
        model = ChatAIMLAPI(model="openai/gpt-4o", api_key=KEY, max_retries=0, http_client=client)
        assert "".join(chunk.text for chunk in model.stream("hi")) == "Hi!"
