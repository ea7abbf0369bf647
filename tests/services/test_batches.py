"""Batches of a Claude model, from messages to messages, sync and async."""

from __future__ import annotations

import asyncio
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from scripted import KEY, Scripted, ran, refused

from langchain_aimlapi import ChatAIMLAPI, batches, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

    from langchain_aimlapi.batches import Batch

    Run = Callable[..., Any]

CLAUDE = "anthropic/claude-sonnet-4"
THINKING = {"type": "enabled", "budget_tokens": 1024}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"name": "weather", "description": "Tell the weather.", "input_schema": CITY}
ASKED = "What is the weather in Paris? Use the tool."
TEXT = {"type": "text", "text": "Hi"}
RUNS = {"id": "b", "processing_status": "in_progress"}


@pytest.fixture
def model(settings: dict[str, Any]) -> ChatAIMLAPI:
    return ChatAIMLAPI(model=CLAUDE, max_tokens=2048, **settings)


@pytest.fixture(params=["", "a"], ids=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Run:
    """Call a function of the module or its async form."""
    return lambda name, *args, **more: ran(getattr(batches, request.param + name)(*args, **more))


def wait(run: Run, model: Any, batch: Any, **settings: Any) -> Any:
    return run("batch_wait", model, batch, **{"poll_interval": 0.001, **settings})


def asking(service: Scripted, **fields: Any) -> ChatAIMLAPI:
    return ChatAIMLAPI(
        **{"model": CLAUDE, "api_key": KEY, "max_retries": 0, **service.clients, **fields}
    )


def line(result: Any, name: str = "a") -> bytes:
    return json.dumps({"custom_id": name, "result": result}).encode() + b"\n"


def message(*content: Any, **fields: Any) -> dict[str, Any]:
    made = {"id": "msg_1", "model": "claude", "content": list(content), "stop_reason": "end_turn"}
    return {"type": "succeeded", "message": {**made, **fields}}


# --- what is sent -------------------------------------------------------------------------------
def test_from_messages_to_messages(model: ChatAIMLAPI, run: Run, emulator: Emulator) -> None:
    turns = [SystemMessage("Be brief."), HumanMessage("Hello")]
    settings = {"temperature": 0.5, "client_request_id": "night-1"}
    batch = run("batch_create", model, {"text": "hi", "turns": turns}, **settings)
    assert (batch.status, batch.ended, batch.total, batch.done) == ("in_progress", False, 2, 0)
    assert emulator.requests[-1].headers["x-client-request-id"] == "night-1"
    assert emulator.requests[-1].body["requests"][1] == {
        "custom_id": "turns",
        "params": {
            "model": CLAUDE,
            "messages": [{"role": "user", "content": "Hello"}],
            "system": "Be brief.",
            "max_tokens": 2048,
            "temperature": 0.5,
        },
    }
    before = len(emulator.requests)
    seen: list[str] = []
    results = wait(run, model, batch.id, progress=lambda state: seen.append(state.status))
    assert seen == ["in_progress", "in_progress", "ended"]
    assert len(emulator.requests) == before + 3  # the results are fetched once
    assert {name: result.text for name, result in results.items()} == {
        "text": model.invoke("hi").text,
        "turns": model.invoke("Hello").text,
    }


def test_what_is_bound_to_the_model_counts(
    model: ChatAIMLAPI, run: Run, emulator: Emulator
) -> None:
    bound = model.bind_tools([WEATHER]).bind(temperature=0.2, top_k=5)
    batch = run("batch_create", bound, ["hi"], temperature=0.5)
    params = emulator.requests[-1].body["requests"][0]["params"]
    assert params["tools"] == [WEATHER]
    assert (params["temperature"], params["top_k"]) == (0.5, 5)
    assert wait(run, bound, batch.id)["0"].text


@pytest.mark.parametrize(
    ("fields", "inputs", "says"),
    [
        ({}, {}, "1 to 100000 requests, not 0"),
        ({}, {"": "hi"}, "custom id is 1 to 64"),
        ({}, {"a b": "hi"}, "'a b'"),
        ({}, {"x" * 65: "hi"}, "custom id is 1 to 64"),
        ({}, {"ok": []}, "no messages"),
        ({"model": "openai/gpt-4o"}, ["hi"], "openai/gpt-4o has another one"),
    ],
)
def test_what_cannot_be_batched_is_not_sent(
    run: Run, fields: dict[str, Any], inputs: Any, says: str
) -> None:
    service = Scripted(RUNS)
    with pytest.raises(errors.ConfigurationError, match=says):
        run("batch_create", asking(service, **fields), inputs)
    assert service.requests == []


def test_what_is_no_model_or_no_id_is_refused(model: ChatAIMLAPI, run: Run) -> None:
    with pytest.raises(errors.ConfigurationError, match="not a RunnableSequence"):
        run("batch_create", model | StrOutputParser(), ["hi"])
    for batch_id in ("", "..", None):
        with pytest.raises(errors.ConfigurationError, match="id of a batch"):
            run("batch_cancel", model, batch_id)


@pytest.mark.parametrize(
    ("status", "error"), [(503, errors.ServerError), (429, errors.RateLimitError)]
)
def test_a_batch_is_never_handed_in_twice(run: Run, status: int, error: Any) -> None:
    service = Scripted(refused(status))
    with pytest.raises(error):
        run("batch_create", asking(service, max_retries=2), ["hi"])
    assert len(service.requests) == 1


# --- what comes back ----------------------------------------------------------------------------
def test_a_result_is_what_invoke_would_have_returned(model: ChatAIMLAPI, run: Run) -> None:
    settings = {"tools": [WEATHER], "thinking": THINKING}
    batch = run("batch_create", model, [ASKED], **settings)
    result = wait(run, model, batch.id)["0"]
    direct = model.invoke(ASKED, endpoint="chat/completions", **settings)
    for each in (result, direct):
        assert [block["type"] for block in each.content_blocks] == ["reasoning", "tool_call"]
    for name in ("finish_reason", "native_finish_reason", "model_name", "model_provider"):
        assert result.response_metadata[name] == direct.response_metadata[name]
    assert result.usage_metadata["total_tokens"] == direct.usage_metadata["total_tokens"]
    # It goes on as a conversation.
    (call,) = result.tool_calls
    assert {**call, "id": ""} == {**direct.tool_calls[0], "id": ""}
    turn = {"role": "tool", "tool_call_id": call["id"], "content": "Sunny."}
    answer = model.invoke([HumanMessage(ASKED), result, turn], **settings)
    assert "Sunny." in answer.text
    blocks = model.model_copy(update={"output_version": "v1"})
    assert wait(run, blocks, batch.id)["0"].response_metadata["output_version"] == "v1"


def test_citations_and_counts_of_the_cache_are_kept() -> None:
    cited = {"type": "web_search_result_location", "url": "https://a.b", "title": "A"}
    usage = {"input_tokens": 3, "output_tokens": 5, "cache_read_input_tokens": 100}
    answer = results_of(line(message({**TEXT, "citations": [cited]}, usage=usage)))["a"]
    (block,) = answer.content_blocks
    assert block["annotations"] == [{"type": "citation", "url": "https://a.b", "title": "A"}]
    assert answer.usage_metadata["input_tokens"] == 103
    assert answer.usage_metadata["input_token_details"]["cache_read"] == 100


def test_one_that_fails_does_not_fail_the_others(
    model: ChatAIMLAPI, emulator: Emulator, run: Run
) -> None:
    with pytest.warns(UserWarning, match="temperature"):
        batch = run("batch_create", model, {"bad": "hi"}, temperature=7)
    results = wait(run, model, batch.id)
    assert isinstance(results["bad"], errors.InvalidRequestError)
    assert "temperature" in str(results["bad"])


LIMITED = {"type": "error", "error": {"type": "rate_limit_error", "message": f"Slow, {KEY}."}}


@pytest.mark.parametrize(
    ("result", "error", "says"),
    [
        ({"type": "canceled"}, errors.BatchItemError, "cancelled"),
        ({"type": "expired"}, errors.BatchItemError, "expired"),
        ({"type": "errored", "error": LIMITED}, errors.RateLimitError, "Slow, ***."),
        ({"type": "errored"}, errors.ServerError, ""),
        ({"type": "succeeded"}, errors.MalformedResponseError, "no message"),
        (
            {"type": "succeeded", "message": {"content": "?"}},
            errors.MalformedResponseError,
            "no message",
        ),
        ("?", errors.ServerError, ""),
    ],
)
def test_what_did_not_succeed_is_a_typed_error(result: Any, error: Any, says: str) -> None:
    results = results_of(line(result) + b'{"type": "ping"}\n' + line(message(TEXT), "good"))
    assert list(results) == ["a", "good"]
    assert type(results["a"]) is error
    assert says in str(results["a"])
    assert results["good"].text == "Hi"


def test_a_request_without_a_result_is_an_error_in_its_place() -> None:
    created = batches.batch_create(asking(Scripted(RUNS)), dict.fromkeys("ab", "hi"))
    results = results_of(line(message(TEXT)), created)
    assert (list(results), results["a"].text) == (["a", "b"], "Hi")
    assert isinstance(results["b"], errors.BatchItemError)
    assert "no result for this request" in str(results["b"])


def results_of(body: bytes, batch: str | Batch = "b") -> dict[str, Any]:
    return batches.batch_results(asking(Scripted(body)), batch)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        *((body, None) for body in (b"", b"<html>", b"{}", b'{"custom_id": "a"}\n{"custom')),
        (b'{"id": "b", "processing_status": "ended"}', "results did not come"),
    ],
)
def test_what_is_no_batch_is_a_typed_error(body: bytes, says: str | None) -> None:
    with pytest.raises(errors.MalformedResponseError, match=says):
        results_of(body)


@pytest.mark.parametrize(
    ("body", "status", "ended"),
    [
        ({"id": "b", "status": "cancelled", "output": None, "usage": []}, "canceling", False),
        ({"id": "b", "processing_status": "validating", "created_at": 17}, "validating", False),
        ({"id": "b", "processing_status": "ended", "request_counts": {}}, "ended", True),
    ],
)
def test_states(body: dict[str, Any], status: str, *, ended: bool) -> None:
    for text in (json.dumps(body), "\n" + json.dumps(body, indent=0)):
        batch = batches.batch_status(asking(Scripted(text.encode())), "b")
        assert (batch.id, batch.status, batch.ended) == ("b", status, ended)
        assert batch.created_at == ("17" if "created_at" in body else None)


def test_counts_of_results_are_those_of_their_kinds() -> None:
    body = line(message(TEXT)) + line({"type": "expired"}, "b") + line({"type": "expired"}, "c")
    batch = batches.batch_status(asking(Scripted(body)), "b")
    assert batch.counts == {"succeeded": 1, "expired": 2}
    assert (batch.ended, batch.total, batch.done) == (True, 3, 3)


@pytest.mark.parametrize("state", [{}, {"processing_status": "in_progress"}])
def test_no_error_shows_what_the_service_calls_the_batch(state: dict[str, str]) -> None:
    with pytest.raises(errors.AIMLAPIError, match="batch") as caught:
        results_of(json.dumps({"id": f"\x1b[31m {KEY}", **state}).encode())
    assert KEY not in str(caught.value)
    assert "\x1b" not in str(caught.value)


# --- waiting ------------------------------------------------------------------------------------
def test_a_batch_can_be_cancelled(model: ChatAIMLAPI, run: Run) -> None:
    batch = run("batch_create", model, ["hi", "Hello"])
    with pytest.raises(errors.ConfigurationError, match="still runs"):
        run("batch_results", model, batch.id)
    cancelled = run("batch_cancel", model, batch.id)
    assert (cancelled.status, cancelled.ended) == ("canceling", False)
    results = wait(run, model, batch.id)
    assert [type(result) for result in results.values()] == [errors.BatchItemError] * 2
    state = run("batch_status", model, batch.id)
    assert (state.id, state.ended, state.counts) == (batch.id, True, {"canceled": 2})
    with pytest.raises(errors.InvalidRequestError, match="already finished"):
        run("batch_cancel", model, batch.id)
    with pytest.raises(errors.NotFoundError, match="msgbatch_none"):
        run("batch_status", model, "msgbatch_none")


@pytest.mark.parametrize(("timeout", "asked"), [(0, range(1, 2)), (0.1, range(2, 5))])
def test_a_batch_that_does_not_end_is_waited_for_until_the_deadline(
    run: Run, timeout: float, asked: range
) -> None:
    service = Scripted({**RUNS, "request_counts": {"processing": 1}})
    with pytest.raises(errors.APITimeoutError, match=r"still runs: 0 of 1 .* batch_cancel"):
        wait(run, asking(service), "b", timeout=timeout, poll_interval=0.04)
    assert len(service.requests) in asked


@pytest.mark.parametrize("settings", [{"poll_interval": 0}, {"poll_interval": math.nan}])
def test_settings_of_a_wait_are_checked(run: Run, settings: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError, match=next(iter(settings))):
        wait(run, asking(Scripted(RUNS)), "b", **settings)


def test_waiting_outlives_an_outage_that_is_short(run: Run) -> None:
    service = Scripted(*[refused(503, "busy")] * 4, line(message(TEXT)))
    assert wait(run, asking(service), "b")["a"].text == "Hi"
    service = Scripted(refused(503, "busy"))
    with pytest.raises(errors.ServerError, match="busy"):
        wait(run, asking(service), "b")
    assert len(service.requests) == 5


async def test_a_wait_can_be_abandoned() -> None:
    waiting = batches.abatch_wait(asking(Scripted(RUNS)), "b", poll_interval=60)
    with pytest.raises((asyncio.TimeoutError, TimeoutError)):
        await asyncio.wait_for(waiting, 0.2)
