"""Batches of a Claude model, from messages to messages, sync and async."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from emulator.server import serve
from faults.scripts import answers
from faults.server import FaultServer
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from pydantic import SecretStr

from langchain_aimlapi import ChatAIMLAPI, batches
from langchain_aimlapi.errors import (
    AIMLAPIError,
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
    from collections.abc import Awaitable, Callable

    from emulator.server import Emulator
    from faults.server import Exchange

    from langchain_aimlapi.batches import Batch

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
        model=CLAUDE, api_key=SecretStr("sk-emulator"), base_url=emulator.base_url, max_tokens=2048
    )


@pytest.fixture(params=["", "a"], ids=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Call a function of the module or its async twin."""

    def call(name: str, *args: Any, **kwargs: Any) -> Any:
        called = getattr(batches, request.param + name)(*args, **kwargs)
        return asyncio.run(called) if inspect.isawaitable(called) else called

    return call


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


def test_an_unknown_batch_is_a_typed_error(model: ChatAIMLAPI, run: Callable[..., Any]) -> None:
    with pytest.raises(NotFoundError, match="msgbatch_none"):
        run("batch_status", model, "msgbatch_none")


def test_waiting_has_a_deadline(model: ChatAIMLAPI, run: Callable[..., Any]) -> None:
    batch = run("batch_create", model, ["hi"])
    with pytest.raises(APITimeoutError, match=r"still runs: 0 of 1 .* batch_cancel"):
        quick(run, model, batch.id, timeout=0)


def test_a_batch_that_does_not_end_is_waited_for_until_the_deadline(
    run: Callable[..., Any],
) -> None:
    with serve(batch_polls=1_000_000) as emulator:
        model = ChatAIMLAPI(
            model=CLAUDE, api_key=SecretStr("sk-emulator"), base_url=emulator.base_url
        )
        batch = run("batch_create", model, ["hi"])
        with pytest.raises(APITimeoutError, match="0 of 1"):
            quick(run, model, batch.id, timeout=0.1, poll_interval=0.04)
        assert 2 <= len(emulator.requests) <= 5  # the creation, then at 0, 0.04, 0.08 and 0.1 s


@pytest.mark.parametrize(
    "settings",
    [{"poll_interval": 0}, {"poll_interval": -1}, {"poll_interval": math.nan}, {"timeout": -1}],
)
def test_seconds_are_checked(
    model: ChatAIMLAPI, run: Callable[..., Any], settings: dict[str, float]
) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(settings))):
        quick(run, model, "msgbatch_1", **settings)


def outage(failures: int) -> Callable[[Exchange], Awaitable[None]]:
    async def script(exchange: Exchange) -> None:
        busy = answers(503, {"error": {"message": "busy"}})
        done = answers(200, line(message({"type": "text", "text": "Hi"})))
        await (busy if exchange.attempt <= failures else done)(exchange)

    return script


@pytest.mark.parametrize(("failures", "asked"), [(4, 5), (5, 5)])
def test_waiting_outlives_an_outage_that_is_short(
    run: Callable[..., Any], failures: int, asked: int
) -> None:
    with FaultServer() as faults:
        service = faults.serving(outage(failures))
        model = ChatAIMLAPI(model=CLAUDE, api_key="k", base_url=service.base_url, max_retries=0)
        if failures < 5:
            assert quick(run, model, "msgbatch_1")["a"].text == "Hi"
        else:
            with pytest.raises(ServerError, match="busy"):
                quick(run, model, "msgbatch_1")
        assert len(service.requests) == asked


def test_results_are_fetched_once(
    model: ChatAIMLAPI, run: Callable[..., Any], emulator: Emulator
) -> None:
    batch = run("batch_create", model, ["hi"])
    before = len(emulator.requests)
    quick(run, model, batch.id)
    assert len(emulator.requests) == before + 3  # two that it runs, one with the results


def test_a_wait_can_be_abandoned(model: ChatAIMLAPI) -> None:
    async def main() -> None:
        batch = await batches.abatch_create(model, ["hi"])
        waiting = batches.abatch_wait(model, batch.id, poll_interval=60)
        await asyncio.wait_for(waiting, 0.2)

    with pytest.raises((asyncio.TimeoutError, TimeoutError)):
        asyncio.run(main())


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
def line(result: Any, name: str = "a") -> bytes:
    return json.dumps({"custom_id": name, "result": result}).encode() + b"\n"


def message(*content: Any, **fields: Any) -> dict[str, Any]:
    made = {"id": "msg_1", "model": "claude", "content": list(content), "stop_reason": "end_turn"}
    return {"type": "succeeded", "message": {**made, **fields}}


def answering(body: bytes, **fields: Any) -> ChatAIMLAPI:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    given = {"model": CLAUDE, "api_key": "k", "http_client": httpx.Client(transport=transport)}
    return ChatAIMLAPI(**{**given, "max_retries": 0, **fields})


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
    module = sys.modules["langchain_aimlapi._endpoints.batches.results"]
    monkeypatch.setattr(module, "from_json", lambda text: parsed.append(text) or json.loads(text))
    body = b"".join(line(message(TEXT), str(n)) for n in range(50))
    assert len(results_of(body)) == 50
    assert parsed == body.splitlines()


def test_counts_of_results_are_those_of_their_kinds() -> None:
    body = line(message(TEXT)) + line({"type": "expired"}, "b") + line({"type": "expired"}, "c")
    batch = status_of(body)
    assert batch.counts == {"succeeded": 1, "expired": 2}
    assert (batch.ended, batch.total, batch.done) == (True, 3, 3)


# --- progress -----------------------------------------------------------------------------------
def test_a_wait_shows_nothing_by_itself(
    model: ChatAIMLAPI, run: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    batch = run("batch_create", model, ["hi"])
    quick(run, model, batch)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("progress", [True, False, "bar"])
def test_what_cannot_be_called_is_no_progress(
    model: ChatAIMLAPI, run: Callable[..., Any], progress: Any
) -> None:
    with pytest.raises(ConfigurationError, match="called with each state"):
        quick(run, model, "b", progress=progress)
