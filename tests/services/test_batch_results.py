"""What is read of a batch: its states, its results, its errors."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from batch_answers import CLAUDE, answering, line, message
from langchain_core.messages import AIMessage
from pydantic import SecretStr

from langchain_aimlapi import ChatAIMLAPI, batches
from langchain_aimlapi.errors import (
    AIMLAPIError,
    BatchItemError,
    MalformedResponseError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from emulator.server import Emulator

    from langchain_aimlapi.batches import Batch


@pytest.fixture
def model(emulator: Emulator) -> ChatAIMLAPI:
    return ChatAIMLAPI(
        model=CLAUDE, api_key=SecretStr("sk-emulator"), base_url=emulator.base_url, max_tokens=2048
    )


@pytest.mark.parametrize(
    "state", [{}, {"processing_status": "in_progress"}], ids=["no state", "runs"]
)
def test_no_error_shows_what_the_service_calls_the_batch(state: dict[str, str]) -> None:
    key = "sk-batch-0123456789"
    answer = {"id": f"\x1b[31m {key}", **state}
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))
    model = ChatAIMLAPI(model="claude-sonnet-4", api_key=key, http_client=client)
    with pytest.raises(AIMLAPIError, match="batch") as caught:
        batches.batch_results(model, "b")
    assert key not in str(caught.value)
    assert "\x1b" not in str(caught.value)


# --- reading ------------------------------------------------------------------------------------
def results_of(body: bytes, batch: str | Batch = "b", **fields: Any) -> dict[str, Any]:
    return batches.batch_results(answering(body, **fields), batch)


def status_of(body: bytes) -> Batch:
    return batches.batch_status(answering(body), "b")


def test_counts_of_the_cache_are_part_of_the_input() -> None:
    usage = {
        "input_tokens": 3,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 100,
        "output_tokens": 5,
    }
    results = results_of(line(message({"type": "text", "text": "Hi"}, usage=usage)))
    answer = results["a"]
    assert isinstance(answer, AIMessage)
    assert answer.usage_metadata == {
        "input_tokens": 123,
        "output_tokens": 5,
        "total_tokens": 128,
        "input_token_details": {"cache_read": 100, "cache_creation": 20},
    }


@pytest.mark.parametrize(
    ("result", "error", "expected"),
    [
        ({"type": "canceled"}, BatchItemError, "cancelled"),
        ({"type": "expired"}, BatchItemError, "expired"),
        (
            {
                "type": "errored",
                "error": {
                    "type": "error",
                    "error": {"type": "rate_limit_error", "message": "Slow down."},
                },
            },
            RateLimitError,
            "Slow down",
        ),
        ({"type": "errored"}, ServerError, ""),
        ({"type": "succeeded"}, MalformedResponseError, "no message"),
        ({"type": "succeeded", "message": {"content": "?"}}, MalformedResponseError, "no message"),
        ("?", ServerError, ""),
    ],
)
def test_what_did_not_succeed_is_a_typed_error(
    result: Any, error: type[Exception], expected: str
) -> None:
    good = line(message({"type": "text", "text": "Hi"}), "good")
    results = results_of(line(result) + good)
    assert type(results["a"]) is error
    assert expected in str(results["a"])
    assert results["good"].text == "Hi"  # type: ignore[union-attr]  # an answer


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"custom_id": "a"}\n{"custom'])
def test_what_is_no_batch_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        results_of(body)


@pytest.mark.parametrize(
    ("body", "status", "ended"),
    [
        ({"id": "b", "status": "cancelled", "output": None, "usage": []}, "canceling", False),
        ({"id": "b", "processing_status": "validating"}, "validating", False),
        ({"id": "b", "processing_status": "ended", "request_counts": {}}, "ended", True),
    ],
)
def test_states(body: dict[str, Any], status: str, *, ended: bool) -> None:
    for text in (json.dumps(body), "\n" + json.dumps(body, indent=0)):
        batch = status_of(text.encode())
        assert (batch.id, batch.status, batch.ended) == ("b", status, ended)


def test_an_end_without_results_is_an_error_and_no_empty_result() -> None:
    with pytest.raises(MalformedResponseError, match="results did not come"):
        results_of(b'{"id": "b", "processing_status": "ended"}')


def test_citations_are_kept() -> None:
    cited = {"type": "web_search_result_location", "url": "https://a.b", "title": "A"}
    text = {"type": "text", "text": "Hi", "citations": [cited]}
    results = results_of(line(message(text)))
    answer = results["a"]
    assert isinstance(answer, AIMessage)
    (block,) = answer.content_blocks
    assert block["annotations"] == [  # type: ignore[typeddict-item]  # a text block
        {"type": "citation", "url": "https://a.b", "title": "A"}
    ]


def test_no_error_shows_the_key() -> None:
    error = {"type": "errored", "error": {"type": "api_error", "message": "key sk-secret-key"}}
    results = results_of(line(error), api_key="sk-secret-key")
    assert "sk-secret-key" not in str(results["a"])
    assert "key ***" in str(results["a"])


def created(*names: str) -> Batch:
    body = b'{"id": "b", "processing_status": "in_progress"}'
    return batches.batch_create(answering(body), dict.fromkeys(names, "hi"))


TEXT = {"type": "text", "text": "Hi"}


def test_two_results_for_one_request_are_an_error_in_its_place() -> None:
    other = message({"type": "text", "text": "Ho"})
    results = results_of(line(message(TEXT)) + line(other) + line(message(TEXT), "b"))
    assert isinstance(results["a"], BatchItemError)
    assert "more than one result" in str(results["a"])
    assert results["b"].text == "Hi"


def test_a_result_for_another_request_and_a_missing_one_are_errors_in_their_place() -> None:
    results = results_of(line(message(TEXT)) + line(message(TEXT), "z"), created("a", "b"))
    assert list(results) == ["a", "z", "b"]
    assert results["a"].text == "Hi"
    assert isinstance(results["z"], BatchItemError)
    assert "no request of this id" in str(results["z"])
    assert isinstance(results["b"], BatchItemError)
    assert "no result for this request" in str(results["b"])


def test_lines_that_are_no_results_are_passed_over() -> None:
    results = results_of(line(message(TEXT)) + b'{"type": "ping"}\n' + line(message(TEXT), "b"))
    assert list(results) == ["a", "b"]


def test_each_line_of_results_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not seen from outside, but for the time that a hundred thousand results take.
    parsed: list[bytes] = []
    module = sys.modules["langchain_aimlapi._services.batches"]
    monkeypatch.setattr(module, "from_json", lambda text: parsed.append(text) or json.loads(text))
    body = b"".join(line(message(TEXT), str(n)) for n in range(50))
    assert len(results_of(body)) == 50
    assert parsed == [body, *body.splitlines()]  # the whole first: it ends behind one object


def test_counts_of_results_are_those_of_their_kinds() -> None:
    body = line(message(TEXT)) + line({"type": "expired"}, "b") + line({"type": "expired"}, "c")
    batch = status_of(body)
    assert batch.counts == {"succeeded": 1, "expired": 2}
    assert (batch.ended, batch.total, batch.done) == (True, 3, 3)


def test_a_time_that_is_a_number_is_kept() -> None:
    body = b'{"id": "b", "processing_status": "in_progress", "created_at": 1700000000}'
    assert status_of(body).created_at == "1700000000"
