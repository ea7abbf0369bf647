"""Answers by script: a service that answers what a test tells it, without cassette or network.

What is sent and what is received passes the model's own code: only the transport is fake.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
from langchain_core.messages import AIMessage
from pydantic import BaseModel

from langchain_aimlapi.testing._wire import WIRES, Answer, Failure, Wire

_TIMEOUT = httpx.Timeout(600, connect=15)  # what a model has without a client of the user
_STREAM = {"content-type": "text/event-stream"}
_MAX_SHOWN_CHARACTERS = 80

Step = str | Answer | Failure | AIMessage | Exception
"""One answer: a text, an `Answer`, a `Failure`, LangChain's message, an error of the transport."""

Steps = Iterable[Step | Callable[[dict[str, Any]], Step]]
"""The answers in turn; a function gets the body of the request and returns one."""


class Script(dict[str, Any]):
    """The answers, as keyword arguments of `ChatAIMLAPI`; see `answers`.

    Attributes:
        requests: Bodies of the requests so far, decoded.
        paths: Where they went, such as `/v1/chat/completions`.
    """

    def __init__(self, steps: Steps) -> None:
        """Answer nothing yet."""
        if isinstance(steps, (str, Mapping)):
            raise TypeError(f"answers() takes a list of answers, not a {type(steps).__name__}.")
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self._steps = iter(steps)
        self._lock = threading.Lock()  # batches ask from several threads
        sync, asynchronous = httpx.MockTransport(self._answer), httpx.MockTransport(self._aanswer)
        settings: dict[str, Any] = {"timeout": _TIMEOUT, "trust_env": False}
        super().__init__(
            api_key="scripted",
            http_client=httpx.Client(transport=sync, **settings),
            http_async_client=httpx.AsyncClient(transport=asynchronous, **settings),
        )

    def assert_used_up(self) -> None:
        """Check that every answer was given.

        Raises:
            AssertionError: Some are left.
        """
        with self._lock:
            left = list(self._steps)
            self._steps = iter(left)
        if left:
            raise AssertionError(
                f"{len(left)} of the answers were not asked for; the next one: {left[0]!r}"
            )

    def _next(self, request: httpx.Request) -> tuple[Answer | Failure, dict[str, Any]]:
        """Return the answer to a request, and the body of the request."""
        path, body = request.url.path, json.loads(request.content or b"{}")
        with self._lock:
            self.requests.append(body)
            self.paths.append(path)
            number = len(self.requests)
            step = next(self._steps, None)
        if step is None:
            shown = json.dumps(body.get("messages", body.get("input")), ensure_ascii=False)
            raise AssertionError(
                f"The script has no answer to request {number}, to {path}:"
                f" ...{shown[-_MAX_SHOWN_CHARACTERS:]}. Add an answer to answers([...]); a retry"
                " takes one too (max_retries=0 switches retries off)."
            )
        if callable(step):
            step = step(body)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Failure):
            return step, body
        return _with_ids(_written_as_asked(_as_answer(step), body), number), body

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer, body = self._next(request)
        for seconds in _waits(request, answer.delay):
            time.sleep(seconds)
        return _response(request, answer, body, _paced)

    async def _aanswer(self, request: httpx.Request) -> httpx.Response:
        answer, body = self._next(request)
        for seconds in _waits(request, answer.delay):
            await asyncio.sleep(seconds)
        return _response(request, answer, body, _apaced)


def answers(steps: Steps) -> Script:
    """Return a service that gives these answers in turn, for unit tests without a cassette.

    Needs no key, no network and no extra. The model writes its requests and reads the answers as
    it does with the service, on whichever endpoint it asks.

    Args:
        steps: The answers, one for each request, retries included: texts, `Answer` (tool calls,
            structured output, reasoning, pieces of a stream, delays, usage, cost), `Failure` (a
            status with a message), `AIMessage`, exceptions of httpx, or functions of the
            request's body that return one of these. An endless iterator will do as well.

    Returns:
        Keyword arguments of `ChatAIMLAPI`; `.requests` are the bodies that were sent, and
        `.assert_used_up()` checks that no answer is left.

    Raises:
        AssertionError: In a call of the model, when there is no answer left.

    Example:
        ```python
        from langchain_aimlapi import ChatAIMLAPI
        from langchain_aimlapi.testing import Answer, Failure, answers

        script = answers([
            Failure(429, "Slow down.", retry_after=0.01),
            Answer(tool_calls=[{"name": "weather", "args": {"city": "Paris"}}]),
            Answer(["It is ", "sunny."], cost=0.001),
        ])
        model = ChatAIMLAPI(model="openai/gpt-4o", **script)

        assert model.invoke("Weather?").tool_calls[0]["args"] == {"city": "Paris"}
        assert [chunk.text for chunk in model.stream("Say it.")][:2] == ["It is ", "sunny."]
        assert script.requests[-1]["messages"] == [{"role": "user", "content": "Say it."}]
        ```
    """
    return Script(steps)


def _as_answer(step: Step) -> Answer:
    if isinstance(step, AIMessage):
        thoughts = [b.get("reasoning", "") for b in step.content_blocks if b["type"] == "reasoning"]
        calls, usage = step.tool_calls, step.usage_metadata
        return Answer(step.text, reasoning="".join(thoughts), tool_calls=calls, usage=usage)
    if isinstance(step, str):
        return Answer(step)
    if not isinstance(step, Answer):
        raise TypeError(f"answers() takes texts, Answer, Failure ..., not {step!r}.")
    return step


def _with_ids(answer: Answer, number: int) -> Answer:
    """Return the answer to a request with ids in its tool calls."""
    calls = []
    for place, call in enumerate(answer.tool_calls, 1):
        if not (isinstance(call, Mapping) and "name" in call):
            raise TypeError(
                f'A tool call of Answer is a dict {{"name": ..., "args": {{...}}}}, not {call!r}.'
            )
        calls.append({**call, "id": call.get("id") or f"call_{number}_{place}"})
    return replace(answer, tool_calls=calls)


def _wire_of(request: httpx.Request) -> Wire:
    path = request.url.path
    wire = next((wire for end, wire in WIRES.items() if path.endswith(end)), None)
    if wire is None or request.method != "POST":
        raise AssertionError(
            f"answers() plays chat models; to {request.method} {path} it has failures only."
        )
    return wire


def _response(
    request: httpx.Request,
    answer: Answer | Failure,
    body: dict[str, Any],
    paced: Callable[..., Any],
) -> httpx.Response:
    if isinstance(answer, Failure):
        return _error(answer)
    wire = _wire_of(request)
    if body.get("stream"):
        events = paced(request, answer.pause, wire.events(answer, body))
        return httpx.Response(200, headers=_STREAM, content=events)
    if isinstance(answer.then, Exception):
        raise answer.then
    return (
        _error(answer.then) if answer.then else httpx.Response(200, json=wire.whole(answer, body))
    )


def _error(failure: Failure) -> httpx.Response:
    body = {"requestId": str(uuid4()), "statusCode": failure.status, "message": failure.message}
    headers = {} if failure.retry_after is None else {"retry-after": str(failure.retry_after)}
    return httpx.Response(failure.status, headers=headers, json=body)


# --- structured output ---
def _written_as_asked(answer: Answer, request: dict[str, Any]) -> Answer:
    """Return an answer with its `structured` value as text or as a tool call.

    Raises:
        TypeError: The request has several tools, and none of them is known to be the answer's.
    """
    given = answer.structured
    if given is None:
        return answer
    value = given
    if isinstance(given, BaseModel):
        value = given.model_dump(mode="json", by_alias=True)
    tool = None if _asks_for_json(request) else _answer_tool(request, type(given).__name__)
    if tool is None:
        return replace(answer, structured=None, text=json.dumps(value, ensure_ascii=False))
    return replace(answer, structured=None, tool_calls=[{"name": tool, "args": value}])


def _asks_for_json(request: dict[str, Any]) -> bool:
    """Return whether a request has a response format: of OpenAI, of `/responses`, of Claude."""
    formats = (
        request.get("response_format"),
        (request.get("text") or {}).get("format"),
        request.get("output_format"),
        (request.get("output_config") or {}).get("format"),
    )
    return any(each and each.get("type") != "text" for each in formats)


def _answer_tool(request: dict[str, Any], kind: str) -> str | None:
    """Return the tool to call: the forced one, the one named like the class, or the only one."""
    forced = request.get("tool_choice")
    if isinstance(forced, dict) and (name := _name_of(forced)):
        return name
    names = [name for tool in request.get("tools") or () if (name := _name_of(tool))]
    if kind in names:
        return kind
    if len(names) > 1:
        raise TypeError(
            f"Answer(structured=...) cannot tell which of {', '.join(names)} to call: give an"
            " object of the Pydantic class, or tool_calls."
        )
    return names[0] if names else None


def _name_of(tool: dict[str, Any]) -> str | None:
    """Return the name in a tool, or in the choice of one; OpenAI nests it in `function`."""
    name: str | None = (tool.get("function") or tool).get("name")
    return name


# --- the clock ---
def _waits(request: httpx.Request, seconds: float) -> Iterator[float]:
    """Yield how long to wait: as on a real connection, no longer than the client reads."""
    limit = request.extensions.get("timeout", {}).get("read")
    if limit is not None and limit < seconds:
        yield limit
        raise httpx.ReadTimeout("The scripted delay is longer than the timeout.", request=request)
    yield seconds


def _paced(request: httpx.Request, pause: float, events: Iterator[bytes]) -> Iterator[bytes]:
    for event in events:
        yield event
        for seconds in _waits(request, pause):
            time.sleep(seconds)


async def _apaced(
    request: httpx.Request, pause: float, events: Iterator[bytes]
) -> AsyncIterator[bytes]:
    for event in events:
        yield event
        for seconds in _waits(request, pause):
            await asyncio.sleep(seconds)
