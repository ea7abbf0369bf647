"""One function per row of the table: it raises unless the feature is there.

A probe gets what makes models and the servers to ask: the emulator, which refuses what the
service's documents do not list, and the fault server.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from emulator.server import Emulator, serve
from sockets.scripts import HEL, answers, streams
from sockets.server import FaultServer
from langchain_core.exceptions import ModelError
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sockets.server import Exchange
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

    Probe = Callable[["Stage", str], None]

CLAUDE = "anthropic/claude-sonnet-4.5"
NEW_CLAUDE = "anthropic/claude-sonnet-5"
GPT = "openai/gpt-4o"
GEMINI = "google/gemini-3-5-flash"
DEEPSEEK = "deepseek/deepseek-v4-flash"
OMNI = "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning"
VENDORS = (CLAUDE, GPT, GEMINI, DEEPSEEK)
KEY = "sk-emulator"
LIMIT = 15.0
"""Seconds that a probe may take."""
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
IMAGE = {"type": "image", "base64": PNG, "mime_type": "image/png"}
PDF = base64.b64encode(b"%PDF-1.4 %%EOF").decode()


class Stage(NamedTuple):
    """What a probe works with."""

    make: Callable[..., BaseChatModel]
    emulator: Emulator
    faults: FaultServer

    def model(self, name: str, **fields: Any) -> BaseChatModel:
        return self.make(model=name, base_url=self.emulator.base_url, api_key=KEY, **fields)

    def failing(self, script: Callable[[Exchange], Any], **fields: Any) -> BaseChatModel:
        service = self.faults.serving(script)
        return self.make(model=GPT, base_url=service.base_url, api_key=KEY, **fields)


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


class Joke(BaseModel):
    """A joke."""

    setup: str
    punchline: str


WEATHER = [HumanMessage("What is the weather in Paris? Use the tool.")]


class _NotRaisedError(BaseException):
    """Passes where errors are expected."""


def streamed(model: Any, asked: Any) -> Any:
    first, *rest = model.stream(asked)
    return sum(rest, first)


def require(what: bool, missing: str = "") -> None:  # noqa: FBT001  # an assert that -O keeps
    if not what:
        raise AssertionError(missing)


# --- requests -----------------------------------------------------------------------------------
def system_and_stop(stage: Stage, name: str) -> None:
    conversation = [SystemMessage("Be brief."), HumanMessage("hi")]
    answer = stage.model(name).invoke(conversation, stop=["you"])
    require(answer.text == "Hello! How are ", answer.text)


def streams_an_answer(stage: Stage, name: str) -> None:
    require(len(streamed(stage.model(name), "hi").text) > 10)


def turn_of_an_agent(stage: Stage, name: str) -> None:
    bound = stage.model(name).bind_tools([weather])
    called = bound.invoke(WEATHER)
    (call,) = called.tool_calls
    require(call["name"] == "weather")
    answer = bound.invoke([*WEATHER, called, weather.invoke(call)])
    require("Sunny in Paris" in answer.text, answer.text)


def structured_output(stage: Stage, name: str) -> None:
    joke = stage.model(name).with_structured_output(Joke).invoke("Tell me a joke about cats.")
    require(isinstance(joke, Joke))


def image(stage: Stage, name: str) -> None:
    require(bool(stage.model(name).invoke(_with(IMAGE)).text))


def document(stage: Stage, name: str) -> None:
    block = {"type": "file", "base64": PDF, "mime_type": "application/pdf"}
    require(bool(stage.model(name).invoke(_with(block)).text))


def _with(block: dict[str, Any]) -> list[BaseMessage]:
    return [HumanMessage([{"type": "text", "text": "What is this?"}, block])]


def image_in_a_tool_result(stage: Stage, name: str) -> None:
    call = {"name": "screenshot", "args": {}, "id": "call_1", "type": "tool_call"}
    conversation = [
        HumanMessage("Take a screenshot."),
        AIMessage("", tool_calls=[call]),
        ToolMessage([IMAGE], tool_call_id="call_1"),
    ]
    require(bool(stage.model(name).bind_tools([weather]).invoke(conversation).text))


def refused_before_it_is_sent(stage: Stage, name: str) -> None:
    before = len(stage.emulator.requests)
    with suppress(Exception):
        stage.model(name).invoke(_with(IMAGE))
        raise _NotRaisedError("nothing was refused")
    require(len(stage.emulator.requests) == before, "it was sent")


def thought_signature_returns(stage: Stage, name: str) -> None:
    bound = stage.model(name).bind_tools([weather])
    for called in (bound.invoke(WEATHER), streamed(bound, WEATHER)):
        (call,) = called.tool_calls
        bound.invoke([*WEATHER, called, weather.invoke(call)])
        require("thought_signature" in json.dumps(stage.emulator.requests[-1].body["messages"]))


# --- answers ------------------------------------------------------------------------------------
def _reasoning_of(message: Any) -> str:
    blocks = [block for block in message.content_blocks if block["type"] == "reasoning"]
    return "".join(block.get("reasoning", "") for block in blocks)


def reasoning(stage: Stage, name: str) -> None:
    require(bool(_reasoning_of(stage.model(name).invoke("What is 2 + 2?"))))


def reasoning_streamed(stage: Stage, name: str) -> None:
    require(bool(_reasoning_of(streamed(stage.model(name), "What is 2 + 2?"))))


def _tells_cost(message: Any) -> bool:
    metadata = json.dumps([message.response_metadata, message.additional_kwargs], default=str)
    return "usd" in metadata.lower()


def cost(stage: Stage, name: str) -> None:
    require(_tells_cost(stage.model(name).invoke("hi")))


def cost_streamed(stage: Stage, name: str) -> None:
    require(_tells_cost(streamed(stage.model(name), "hi")))


def tokens_streamed(stage: Stage, name: str) -> None:
    whole = stage.model(name).invoke("hi").usage_metadata
    parts = streamed(stage.model(name), "hi").usage_metadata
    require(parts is not None, "none")
    require(parts["total_tokens"] == whole["total_tokens"])  # type: ignore[index]  # above


def streamed_equals_invoked(stage: Stage, name: str) -> None:
    bound = stage.model(name).bind_tools([weather])
    for asked in ("hi", WEATHER):
        whole, parts = bound.invoke(asked), streamed(bound, asked)
        for field in ("content", "usage_metadata"):
            require(getattr(whole, field) == getattr(parts, field), field)
        calls = [[(c["name"], c["args"]) for c in m.tool_calls] for m in (whole, parts)]
        require(calls[0] == calls[1], "tool_calls")
        more = [{k: v for k, v in m.additional_kwargs.items() if v} for m in (whole, parts)]
        require(more[0].keys() == more[1].keys(), "additional_kwargs")


def usable_finish_reason(stage: Stage, name: str) -> None:
    called = stage.model(name).bind_tools([weather]).invoke(WEATHER)
    require(called.response_metadata.get("finish_reason") == "tool_calls")


# --- faults -------------------------------------------------------------------------------------
def broken_stream_raises(stage: Stage, _: str) -> None:
    model = stage.failing(streams(HEL, then="end"), max_retries=0)
    with suppress(Exception):
        list(model.stream("hi"))
        raise _NotRaisedError("half an answer passed for a whole one")


def error_in_an_answer_is_typed(stage: Stage, _: str) -> None:
    body = {"error": {"message": "overloaded", "code": 503}}
    model = stage.failing(answers(200, body), max_retries=0)
    with suppress(ModelError):
        model.invoke("hi")
        raise _NotRaisedError("no error was raised")


def long_waits_are_not_silent(stage: Stage, _: str) -> None:
    model = stage.failing(answers(429, {"error": {"message": "wait"}}, retry_after="119"))
    start = time.monotonic()
    with suppress(Exception):
        model.invoke("hi")
    require(time.monotonic() - start < LIMIT, "it slept first")


def key_stays_out_of_errors(stage: Stage, _: str) -> None:
    body = {"error": {"message": f"Incorrect API key provided: {KEY}"}}
    shown = ""
    try:
        stage.failing(answers(401, body)).invoke("hi")
    except Exception as error:  # noqa: BLE001  # of whatever type
        shown = f"{error} {error!r}"
    require(bool(shown), "no error was raised")
    require(KEY not in shown, "the key is in the error")


def event_loops_one_after_the_other(stage: Stage, name: str) -> None:
    model = stage.model(name)
    for _ in range(2):
        require(bool(asyncio.run(model.ainvoke("hi")).text))


# --- around it ----------------------------------------------------------------------------------
def profile(stage: Stage, name: str) -> None:
    require(bool((stage.model(name).profile or {}).get("tool_calling")))


def token_counts_offline(stage: Stage, name: str) -> None:
    require(stage.model(name).get_num_tokens_from_messages([HumanMessage("hi")]) > 0)


@contextmanager
def stage_for(make: Callable[..., BaseChatModel]) -> Iterator[Stage]:
    """Run the servers for models of `make`."""
    with serve() as emulator, FaultServer() as faults:
        yield Stage(make, emulator, faults)


PROBES: dict[str, tuple[Probe, tuple[str, ...]]] = {
    "system prompt and `stop`": (system_and_stop, VENDORS),
    "streaming": (streams_an_answer, VENDORS),
    "an agent's turn: tool call and result": (turn_of_an_agent, VENDORS),
    "structured output, no method named": (structured_output, VENDORS),
    "images": (image, (CLAUDE, NEW_CLAUDE, GPT, GEMINI)),
    "PDFs": (document, (NEW_CLAUDE, GPT, GEMINI)),
    "images in tool results": (image_in_a_tool_result, (CLAUDE, GPT, GEMINI)),
    "what a model cannot take is refused before it is sent": (
        refused_before_it_is_sent,
        (DEEPSEEK,),
    ),
    "thought signatures return to the model": (thought_signature_returns, (GEMINI,)),
    "reasoning as standard blocks": (reasoning, (DEEPSEEK, OMNI)),
    "reasoning, streamed": (reasoning_streamed, (DEEPSEEK, OMNI)),
    "tokens of streams": (tokens_streamed, VENDORS),
    "cost in USD": (cost, VENDORS),
    "cost in USD, streamed": (cost_streamed, VENDORS),
    "merged stream equals `invoke`": (streamed_equals_invoked, VENDORS),
    "`finish_reason` of tool calls is `tool_calls`": (usable_finish_reason, VENDORS),
    "a stream that breaks off raises": (broken_stream_raises, (GPT,)),
    "an error inside a 200 is a LangChain `ModelError`": (error_in_an_answer_is_typed, (GPT,)),
    "`Retry-After: 119` is told, not slept through": (long_waits_are_not_silent, (GPT,)),
    "a key that comes back in an error is not shown": (key_stays_out_of_errors, (GPT,)),
    "`asyncio.run` twice with one model": (event_loops_one_after_the_other, (GPT,)),
    "profile": (profile, VENDORS),
    "token counts without a download": (token_counts_offline, (CLAUDE,)),
}
"""Rows of the table, each with the models that it is tried on."""
