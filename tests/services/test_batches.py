"""Batches of a Claude model, from messages to messages, sync and async."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from batch_answers import CLAUDE, answering, line, message
from faults.scripts import answers
from faults.server import FaultServer
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser

from langchain_aimlapi import ChatAIMLAPI, batches
from langchain_aimlapi.errors import (
    BatchItemError,
    ConfigurationError,
    InvalidRequestError,
    NotFoundError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator
    from faults.server import Exchange

    from langchain_aimlapi.batches import Batch

WEATHER = {
    "name": "weather",
    "description": "Tell the weather of a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


def quick(run: Callable[..., Any], model: ChatAIMLAPI, batch_id: str, **settings: Any) -> Any:
    settings = {"poll_interval": 0.001, **settings}
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
    direct = model.invoke(asked, endpoint="chat/completions", **settings)
    assert [block["type"] for block in result.content_blocks] == ["reasoning", "tool_call"]
    for field in ("tool_calls", "usage_metadata"):
        ours, theirs = getattr(result, field), getattr(direct, field)
        drop = {"id"} if field == "tool_calls" else {"output_token_details", "input_token_details"}
        assert _without(ours, drop) == _without(theirs, drop)
    assert result.text == direct.text
    names = ("finish_reason", "native_finish_reason", "model_name", "model_provider")
    for name in names:
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
    model: ChatAIMLAPI, emulator: Emulator, run: Callable[..., Any]
) -> None:
    inputs = {"good": "hi", "bad": "hi"}
    with pytest.warns(UserWarning, match="temperature"):
        run("batch_create", model, {"bad": "hi"}, temperature=7)
    bad = emulator.requests[-1].body
    run("batch_create", model, inputs)
    body = emulator.requests[-1].body
    body["requests"][1] = bad["requests"][0]
    created = httpx.post(
        f"{model.base_url}/batches",
        json=body,
        headers={"authorization": "Bearer sk-emulator"},
    ).json()
    results = quick(run, model, created["id"])
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


def test_results_are_fetched_once(
    model: ChatAIMLAPI, run: Callable[..., Any], emulator: Emulator
) -> None:
    batch = run("batch_create", model, ["hi"])
    before = len(emulator.requests)
    quick(run, model, batch.id)
    assert len(emulator.requests) == before + 3  # two that it runs, one with the results


def test_what_is_bound_to_the_model_counts(
    model: ChatAIMLAPI, run: Callable[..., Any], emulator: Emulator
) -> None:
    bound = model.bind_tools([WEATHER]).bind(temperature=0.2, top_k=5)
    batch = run("batch_create", bound, ["hi"], temperature=0.5)
    params = emulator.requests[-1].body["requests"][0]["params"]
    assert params["tools"] == [WEATHER]
    assert (params["temperature"], params["top_k"]) == (0.5, 5)
    assert quick(run, bound, batch.id)["0"].text


def test_a_chain_is_no_model(model: ChatAIMLAPI) -> None:
    with pytest.raises(ConfigurationError, match="not a RunnableSequence"):
        batches.batch_create(model | StrOutputParser(), ["hi"])  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize("batch_id", ["", "..", None])
def test_an_id_that_is_none_is_not_sent(run: Callable[..., Any], batch_id: Any) -> None:
    model = ChatAIMLAPI(model=CLAUDE, api_key="k", base_url="http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="id of a batch"):
        run("batch_cancel", model, batch_id)


def test_results_are_blocks_where_the_model_says_so(
    model: ChatAIMLAPI, run: Callable[..., Any]
) -> None:
    blocks = model.model_copy(update={"output_version": "v1"})
    batch = run("batch_create", blocks, ["hi"])
    result, direct = quick(run, blocks, batch.id)["0"], blocks.invoke("hi")
    assert result.content == direct.content
    assert result.response_metadata["output_version"] == "v1"


def test_a_request_id_is_sent_with_the_batch(
    model: ChatAIMLAPI, run: Callable[..., Any], emulator: Emulator
) -> None:
    run("batch_create", model, ["hi"], client_request_id="night-1")
    assert emulator.requests[-1].headers["x-client-request-id"] == "night-1"


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, "1 to 100000 requests, not 0"),
        ({"": "hi"}, "custom id is 1 to 64"),
        ({"a b": "hi"}, "'a b'"),
        ({"x" * 65: "hi"}, "custom id is 1 to 64"),
        ({"ok": []}, "no messages"),
    ],
)
def test_what_cannot_be_batched_is_not_sent(
    model: ChatAIMLAPI, emulator: Emulator, inputs: Any, expected: str
) -> None:
    before = len(emulator.requests)
    with pytest.raises(ConfigurationError, match=expected):
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
def created(*names: str) -> Batch:
    body = b'{"id": "b", "processing_status": "in_progress"}'
    return batches.batch_create(answering(body), dict.fromkeys(names, "hi"))


@pytest.mark.parametrize("sequence", ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\r", "\u202e"])
def test_a_line_of_progress_cannot_command_a_terminal(
    run: Callable[..., Any], capsys: pytest.CaptureFixture[str], sequence: str
) -> None:
    state = {
        "id": "b",
        "processing_status": f"in{sequence}progress",
        "created_at": f"now{sequence}",
        "request_counts": {"processing": 1, f"odd{sequence}": 1},
    }
    ended = line(message({"type": "text", "text": "Hi"})) + line({"type": f"odd{sequence}"}, "b")

    async def script(exchange: Exchange) -> None:
        await answers(200, state if exchange.attempt == 1 else ended)(exchange)

    def show(batch: Batch) -> None:
        counts = ", ".join(f"{count} {name}" for name, count in batch.counts.items())
        sys.stderr.write(f"{batch.status}: {counts} since {batch.created_at}\n")

    with FaultServer() as faults:
        service = faults.serving(script)
        model = ChatAIMLAPI(model=CLAUDE, api_key="k", base_url=service.base_url, max_retries=0)
        quick(run, model, "b", progress=show)
    shown = capsys.readouterr().err
    assert [text.isprintable() for text in shown.splitlines()] == [True, True]
    assert "1 odd\ufffd" in shown
