"""Waiting for a batch: its pauses, its deadline, its progress."""

from __future__ import annotations

import asyncio
import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from emulator.server import serve
from faults.scripts import answers
from faults.server import FaultServer
from pydantic import SecretStr

from langchain_aimlapi import ChatAIMLAPI, batches
from langchain_aimlapi.errors import (
    APITimeoutError,
    ConfigurationError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from faults.server import Exchange


CLAUDE = "anthropic/claude-sonnet-4"


def quick(run: Callable[..., Any], model: ChatAIMLAPI, batch_id: str, **settings: Any) -> Any:
    settings = {"poll_interval": 0.001, **settings}
    return run("batch_wait", model, batch_id, **settings)


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


def test_a_wait_can_be_abandoned(model: ChatAIMLAPI) -> None:
    async def main() -> None:
        batch = await batches.abatch_create(model, ["hi"])
        waiting = batches.abatch_wait(model, batch.id, poll_interval=60)
        await asyncio.wait_for(waiting, 0.2)

    with pytest.raises((asyncio.TimeoutError, TimeoutError)):
        asyncio.run(main())


# --- reading ------------------------------------------------------------------------------------
def line(result: Any, name: str = "a") -> bytes:
    return json.dumps({"custom_id": name, "result": result}).encode() + b"\n"


def message(*content: Any, **fields: Any) -> dict[str, Any]:
    made = {"id": "msg_1", "model": "claude", "content": list(content), "stop_reason": "end_turn"}
    return {"type": "succeeded", "message": {**made, **fields}}


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
