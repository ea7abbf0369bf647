"""The body of a request: `sent.body(route, *messages)`, and messages in few words.

A call is answered with an error that is not retried, so that its request is the only one.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
from langchain_core.load import dumps
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tracers import BaseTracer

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable
    from langchain_core.tracers.schemas import Run

Json = dict[str, Any]

GPT = "openai/gpt-4o"
OLD_CLAUDE = "claude-sonnet-4"
NEW_CLAUDE = "anthropic/claude-sonnet-5"
UNKNOWN = "vendor/model-of-next-year"
"""Nothing is known about it, so it is taken to accept everything."""

ROUTES: dict[str, Json] = {
    "chat": {"model": GPT},
    "claude": {"model": OLD_CLAUDE},
    "messages": {"model": NEW_CLAUDE, "endpoint": "messages"},
    "responses": {"model": "openai/gpt-5-4"},
}
"""A model for every request schema."""


class Service:
    """Keeps the requests of its models."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(400, json={"message": "seen"})

    @property
    def body(self) -> Json:
        body: Json = json.loads(self.requests[-1].content)
        return body

    @property
    def path(self) -> str:
        return self.requests[-1].url.path

    def model(self, route: str = "chat", **settings: Any) -> ChatAIMLAPI:
        client = httpx.Client(transport=httpx.MockTransport(self))
        fields = {"api_key": "k", "max_retries": 0, "http_client": client}
        return ChatAIMLAPI(**{**fields, **ROUTES.get(route, {"model": route}), **settings})

    def asked(self, asking: Runnable[Any, Any], *messages: Any, **settings: Any) -> Json:
        """Return the body of a call of a model, or of a chain with one."""
        before = len(self.requests)
        with suppress(InvalidRequestError):
            asking.invoke(list(messages) or "Hi", **settings)
        assert len(self.requests) == before + 1
        return self.body


class Traces(BaseTracer):
    """Keeps all that callbacks are told of a call, as tracers write it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def _persist_run(self, run: Run) -> None:
        self.seen.append(repr(run.model_dump()) + dumps(run.extra) + repr(run.error))


def body(route: str, *messages: BaseMessage | str, **settings: Any) -> Json:
    """Return the body of a call.

    Args:
        route: A name in `ROUTES`, or the id of a model.
        messages: The conversation; "Hi" if there is none.
        settings: Arguments of the call.
    """
    service = Service()
    return service.asked(service.model(route), *messages, **settings)


def turns(route: str, *messages: BaseMessage | str, **settings: Any) -> list[Json]:
    """Return the turns of a body, or the items of `/responses`."""
    made = body(route, *messages, **settings)
    found: list[Json] = made["messages" if "messages" in made else "input"]
    return found


def part(route: str, block: Any, **settings: Any) -> Any:
    """Return what a block of a user turn is sent as."""
    return turns(route, user("?", block), **settings)[-1]["content"][1]


def on_each_route(value: Any) -> dict[str, Any]:
    """Return what is expected where all routes are to give the same."""
    return dict.fromkeys(ROUTES, value)


def answer_back(route: str, *messages: BaseMessage, **settings: Any) -> list[Json]:
    """Return what answers are sent as, between a question and the next one."""
    _, *back, _ = turns(route, "Hi", *messages, "Go on", **settings)
    return back


# --- messages -----------------------------------------------------------------------------------
PNG = "iVBORw0KGgo="
PDF = "JVBERi0xLjQ="
WAV = "UklGRiQAAABXQVZFZm10IA=="
URL = "https://x.io/a"
MARK = {"type": "ephemeral"}
IMAGE = {"type": "image", "base64": PNG, "mime_type": "image/png"}
IMAGE_URL = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
"""`IMAGE` on chat/completions."""
CLAUDE_IMAGE = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": PNG},
}
"""`IMAGE` in Claude's words."""
INPUT_IMAGE = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"}
"""`IMAGE` on `/responses`."""
SAID: Json = {
    "type": "message",
    "id": "msg_1",
    "status": "completed",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
}
"""An item of an answer of `/responses` that says "Hi"."""


def text(words: str, **more: Any) -> Json:
    return {"type": "text", "text": words, **more}


def says(role: str, content: Any, **more: Any) -> Json:
    """Return a turn as it is sent."""
    return {"role": role, "content": content, **more}


def user(*blocks: Any, **more: Any) -> HumanMessage:
    return HumanMessage(list(blocks), **more)


def answer(*blocks: Any, **more: Any) -> AIMessage:
    return AIMessage(list(blocks), **more)


def call(call_id: Any = "c", name: str = "f", **args: Any) -> Json:
    return {"type": "tool_call", "name": name, "args": args, "id": call_id}


def called(*calls: Json, content: Any = "", **more: Any) -> AIMessage:
    return AIMessage(content, tool_calls=list(calls) or [call()], **more)


def broken(args: Any, call_id: str = "c", name: Any = "f") -> Json:
    """Return a call whose arguments cannot be read."""
    return {"type": "invalid_tool_call", "name": name, "args": args, "id": call_id, "error": "e"}


def result(content: Any, call_id: str = "c", **more: Any) -> ToolMessage:
    return ToolMessage(content, tool_call_id=call_id, **more)


# --- bodies, whatever their schema --------------------------------------------------------------
def calls_in(body: Json) -> list[tuple[str, str, Any]]:
    """Return id, name and arguments of each call."""
    return list(_calls_in(body))


def _calls_in(body: Json) -> Iterator[tuple[str, str, Any]]:
    for item in body.get("input", ()):
        if item.get("type") == "function_call":
            yield item["call_id"], item["name"], json.loads(item["arguments"])
    for turn in body.get("messages", ()):
        for made in turn.get("tool_calls", ()):
            function = made["function"]
            yield made["id"], function["name"], json.loads(function["arguments"])
        for block in _blocks(turn):
            if block["type"] == "tool_use":
                yield block["id"], block["name"], block["input"]


def results_in(body: Json) -> list[tuple[str, Any]]:
    """Return id and content of each result of a tool."""
    return list(_results_in(body))


def _results_in(body: Json) -> Iterator[tuple[str, Any]]:
    for item in body.get("input", ()):
        if item.get("type") == "function_call_output":
            yield item["call_id"], item["output"]
    for turn in body.get("messages", ()):
        if turn["role"] == "tool":
            yield turn["tool_call_id"], turn["content"]
        for block in _blocks(turn):
            if block["type"] == "tool_result":
                yield block["tool_use_id"], block["content"]


def _blocks(turn: Json) -> Sequence[Json]:
    content: Sequence[Json] = turn["content"]
    return () if isinstance(content, str) else content


def tools_in(body: Json) -> list[Json]:
    """Return the tools with their schema as `parameters`."""
    found = [tool.get("function", tool) for tool in body["tools"]]
    return [{"parameters": tool.get("input_schema"), **tool} for tool in found]


def format_in(body: Json) -> tuple[str, Json, Any]:
    """Return name, schema and `strict` of the structured answer that a body asks for."""
    form = body.get("response_format", {}).get("json_schema") or body.get("text", {}).get("format")
    if form is None:
        (form,) = tools_in(body)
        form = {**form, "schema": form["parameters"]}
    return form["name"], form["schema"], form.get("strict")
