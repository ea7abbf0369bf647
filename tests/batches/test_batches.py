"""Batches of a Claude model, from messages to messages, sync and async."""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from faults.scripts import answers
from faults.server import FaultServer
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from typing_extensions import Self

from langchain_aimlapi import ChatAIMLAPI, batches
from langchain_aimlapi._batch_results import read_batch, read_results
from langchain_aimlapi.errors import (
    APITimeoutError,
    BatchItemError,
    ConfigurationError,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

CLAUDE = "anthropic/claude-sonnet-4"
WEATHER = {
    "name": "weather",
    "description": "Tell the weather of a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


@pytest.fixture
def model(emulator: Emulator) -> ChatAIMLAPI:
    return ChatAIMLAPI(
        model=CLAUDE, api_key="sk-emulator", base_url=emulator.base_url, max_tokens=2048
    )


@pytest.fixture(params=["", "a"], ids=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Call a function of the module or its async twin."""

    def call(name: str, *args: Any, **kwargs: Any) -> Any:
        called = getattr(batches, request.param + name)(*args, **kwargs)
        return asyncio.run(called) if inspect.isawaitable(called) else called

    return call


def quick(run: Callable[..., Any], model: ChatAIMLAPI, batch_id: str, **settings: Any) -> Any:
    settings = {"poll_interval": 0.001, "progress": False, **settings}
    return run("batch_wait", model, batch_id, **settings)


def test_from_messages_to_messages(
    model: ChatAIMLAPI, run: Callable[..., Any], emulator: Emulator
) -> None:
    batch = run(
        "batch_create",
        model,
        {"text": "hi", "turns": [SystemMessage("Be brief."), HumanMessage("Hello")]},
        temperature=0.5,
    )
    assert (batch.status, batch.ended, batch.total, batch.done) == ("in_progress", False, 2, 0)
    sent = emulator.requests[-1].body["requests"]
    assert sent[1] == {
        "custom_id": "turns",
        "params": {
            "model": CLAUDE,
            "messages": [{"role": "user", "content": "Hello"}],
            "system": "Be brief.",
            "max_tokens": 2048,
            "temperature": 0.5,
        },
    }
    seen: list[str] = []
    results = quick(run, model, batch.id, progress=lambda state: seen.append(state.status))
    assert seen == ["in_progress", "in_progress", "ended"]
    assert set(results) == {"text", "turns"}
    for name, prompt in (("text", "hi"), ("turns", "Hello")):
        assert isinstance(results[name], AIMessage)
        assert results[name].text == model.invoke(prompt).text


def test_a_result_is_what_invoke_would_have_returned(
    model: ChatAIMLAPI, run: Callable[..., Any]
) -> None:
    asked = "What is the weather in Paris? Use the tool."
    thinking = {"type": "enabled", "budget_tokens": 1024}
    settings = {"tools": [WEATHER], "thinking": thinking}
    batch = run("batch_create", model, [asked], **settings)
    result = quick(run, model, batch.id)["0"]
    direct = model.invoke(asked, **settings)
    assert [block["type"] for block in result.content_blocks] == ["reasoning", "tool_call"]
    for field in ("tool_calls", "usage_metadata"):
        ours, theirs = getattr(result, field), getattr(direct, field)
        drop = {"id"} if field == "tool_calls" else {"output_token_details", "input_token_details"}
        assert _without(ours, drop) == _without(theirs, drop)
    assert result.text == direct.text
    said = ("finish_reason", "native_finish_reason", "model_name", "model_provider")
    for name in said:
        assert result.response_metadata[name] == direct.response_metadata[name]
    (thought,) = [b["reasoning"] for b in result.content_blocks if b["type"] == "reasoning"]
    (also,) = [b["reasoning"] for b in direct.content_blocks if b["type"] == "reasoning"]
    assert thought == also


def _without(value: Any, keys: set[str]) -> Any:
    if isinstance(value, list):
        return [_without(x, keys) for x in value]
    return {k: v for k, v in value.items() if k not in keys}


def test_a_result_goes_on_as_a_conversation(model: ChatAIMLAPI, run: Callable[..., Any]) -> None:
    asked = HumanMessage("What is the weather in Paris? Use the tool.")
    thinking = {"type": "enabled", "budget_tokens": 1024}
    batch = run("batch_create", model, [[asked]], tools=[WEATHER], thinking=thinking)
    called = quick(run, model, batch.id)["0"]
    (call,) = called.tool_calls
    turn = {"role": "tool", "tool_call_id": call["id"], "content": "Sunny."}
    answer = model.invoke([asked, called, turn], tools=[WEATHER], thinking=thinking)
    assert "Sunny." in answer.text


def test_one_that_fails_does_not_fail_the_others(
    model: ChatAIMLAPI, run: Callable[..., Any]
) -> None:
    inputs = {"good": "hi", "bad": "hi"}
    with pytest.warns(UserWarning, match="temperature"):
        bad = json.loads(batches._body(model, {"bad": "hi"}, None, {"temperature": 7}))
    body = json.loads(batches._body(model, inputs, None, {}))
    body["requests"][1] = bad["requests"][0]
    created = model._sync({}).fetch(
        "POST",
        "/batches",
        json.dumps(body).encode(),
        lambda reply: read_batch(reply.body),
        api_key="sk-emulator",
        client_request_id=None,
    )
    results = quick(run, model, created.id)
    assert isinstance(results["good"], AIMessage)
    assert isinstance(results["bad"], InvalidRequestError)
    assert "temperature" in str(results["bad"])


def test_a_batch_can_be_cancelled(model: ChatAIMLAPI, run: Callable[..., Any]) -> None:
    batch = run("batch_create", model, ["hi", "Hello"])
    cancelled = run("batch_cancel", model, batch.id)
    assert (cancelled.status, cancelled.ended) == ("canceling", False)
    results = quick(run, model, batch.id)
    assert [type(result) for result in results.values()] == [BatchItemError] * 2
    state = run("batch_status", model, batch.id)
    assert (state.id, state.ended, state.counts) == (batch.id, True, {"canceled": 2})
    with pytest.raises(InvalidRequestError, match="already finished"):
        run("batch_cancel", model, batch.id)


def test_results_of_a_batch_that_runs_are_refused(
    model: ChatAIMLAPI, run: Callable[..., Any]
) -> None:
    batch = run("batch_create", model, ["hi"])
    with pytest.raises(ConfigurationError, match="still runs"):
        run("batch_results", model, batch.id)


def test_an_unknown_batch_is_a_typed_error(model: ChatAIMLAPI, run: Callable[..., Any]) -> None:
    with pytest.raises(NotFoundError, match="msgbatch_none"):
        run("batch_status", model, "msgbatch_none")


def test_waiting_has_a_deadline(model: ChatAIMLAPI, run: Callable[..., Any]) -> None:
    batch = run("batch_create", model, ["hi"])
    with pytest.raises(APITimeoutError, match=r"still runs: 0 of 1 .* batch_cancel"):
        quick(run, model, batch.id, timeout=-1)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "1 to 100000 requests, not 0"),
        ({"": "hi"}, "custom id is 1 to 64"),
        ({"a b": "hi"}, "'a b'"),
        ({"x" * 65: "hi"}, "custom id is 1 to 64"),
        ({"ok": []}, "no messages"),
    ],
)
def test_what_cannot_be_batched_is_not_sent(
    model: ChatAIMLAPI, emulator: Emulator, inputs: Any, said: str
) -> None:
    before = len(emulator.requests)
    with pytest.raises(ConfigurationError, match=said):
        batches.batch_create(model, inputs)
    assert len(emulator.requests) == before


def test_other_models_have_no_batches(emulator: Emulator) -> None:
    model = ChatAIMLAPI(model="openai/gpt-4o", api_key="k", base_url=emulator.base_url)
    with pytest.raises(ConfigurationError, match="openai/gpt-4o has another one"):
        batches.batch_create(model, ["hi"])


@pytest.mark.parametrize(("status", "error"), [(503, ServerError), (429, RateLimitError)])
def test_a_batch_is_never_handed_in_twice(
    run: Callable[..., Any], status: int, error: type[Exception]
) -> None:
    with FaultServer() as faults:
        service = faults.serving(answers(status, {"error": {"message": "busy"}}))
        model = ChatAIMLAPI(model=CLAUDE, api_key="k", base_url=service.base_url)
        with pytest.raises(error):
            run("batch_create", model, ["hi"])
        assert len(service.requests) == 1


# --- reading ------------------------------------------------------------------------------------
def line(result: Any, name: str = "a") -> bytes:
    return json.dumps({"custom_id": name, "result": result}).encode() + b"\n"


def message(*content: Any, **fields: Any) -> dict[str, Any]:
    made = {"id": "msg_1", "model": "claude", "content": list(content), "stop_reason": "end_turn"}
    return {"type": "succeeded", "message": {**made, **fields}}


def test_counts_of_the_cache_are_part_of_the_input() -> None:
    usage = {
        "input_tokens": 3,
        "cache_creation_input_tokens": 20,
        "cache_read_input_tokens": 100,
        "output_tokens": 5,
    }
    results = read_results(line(message({"type": "text", "text": "Hi"}, usage=usage)))
    assert results is not None
    answer = results["a"]
    assert isinstance(answer, AIMessage)
    assert answer.usage_metadata == {
        "input_tokens": 123,
        "output_tokens": 5,
        "total_tokens": 128,
        "input_token_details": {"cache_read": 100, "cache_creation": 20},
    }


@pytest.mark.parametrize(
    ("result", "error", "said"),
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
    result: Any, error: type[Exception], said: str
) -> None:
    good = line(message({"type": "text", "text": "Hi"}), "good")
    results = read_results(line(result) + good)
    assert results is not None
    assert type(results["a"]) is error
    assert said in str(results["a"])
    assert results["good"].text == "Hi"  # type: ignore[union-attr]  # an answer


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"custom_id": "a"}\n{"custom'])
def test_what_is_no_batch_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        read_results(body)


# --- progress -----------------------------------------------------------------------------------
def test_progress_is_a_line_per_change_where_there_is_no_terminal(
    model: ChatAIMLAPI, run: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    batch = run("batch_create", model, ["hi"])
    quick(run, model, batch.id, progress=True)
    assert capsys.readouterr().err.splitlines() == [
        f"batch {batch.id}: in_progress, 0 of 1 requests done",
        f"batch {batch.id}: ended, 1 of 1 requests done",
    ]


def test_progress_is_a_bar_on_a_terminal(
    model: ChatAIMLAPI, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bar:
        def __init__(self, **settings: Any) -> None:
            self.n, self.total = 0, 0
            bars.append(self)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def update(self, more: int) -> None:
            self.n += more

    bars: list[Bar] = []
    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=Bar))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    batch = run("batch_create", model, ["hi", "Hello"])
    quick(run, model, batch.id, progress=True)
    assert [(bar.n, bar.total) for bar in bars] == [(2, 2)]
