"""Answers by script: a service that answers what a test tells it, without cassette or network.

What goes out and what comes in passes the model's own mapping: only the wire is not there.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
from langchain_core.messages import AIMessage

from langchain_aimlapi._dialects import ENDPOINTS
from langchain_aimlapi.testing._script_wire import WIRES, Answer, Failure, Wire

_TIMEOUT = httpx.Timeout(600, connect=15)  # what a model has without a client of the user
_STREAM = {"content-type": "text/event-stream"}
_SHOWN = 80

Step = str | Answer | Failure | AIMessage | Exception
"""One answer: a text, an `Answer`, a `Failure`, LangChain's message, an error of the transport."""

Steps = Iterable[Step | Callable[[dict[str, Any]], Step]]
"""The answers in turn; a function gets the body of the request and returns one."""


class ScriptEndedError(AssertionError):
    """A request came for which the script has no answer; the message says which one."""


class Script(Mapping[str, Any]):
    """The answers, as keyword arguments of `ChatAIMLAPI`; see `answers`.

    Attributes:
        requests: Bodies of the requests so far, decoded.
        paths: Where they went, such as `/v1/chat/completions`.
        http_client: What answers the sync methods.
        http_async_client: What answers the async methods.
    """

    def __init__(self, steps: Steps) -> None:
        """Answer nothing yet."""
        if isinstance(steps, (str, Mapping)):
            raise TypeError(f"answers() takes a list of answers, not a {type(steps).__name__}.")
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.http_client = httpx.Client(
            transport=httpx.MockTransport(self._answer), timeout=_TIMEOUT, trust_env=False
        )
        self.http_async_client = httpx.AsyncClient(
            transport=httpx.MockTransport(self._aanswer), timeout=_TIMEOUT, trust_env=False
        )
        self._steps = iter(steps)
        self._lock = threading.Lock()  # batches ask from several threads
        self._arguments = {
            "api_key": "scripted",
            "http_client": self.http_client,
            "http_async_client": self.http_async_client,
        }

    def __getitem__(self, name: str) -> Any:
        """Return an argument of the model."""
        return self._arguments[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the arguments."""
        return iter(self._arguments)

    def __len__(self) -> int:
        """Return how many arguments there are."""
        return len(self._arguments)

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

    # --- one request ---
    def _turn(self, request: httpx.Request) -> tuple[Answer | Failure, dict[str, Any]]:
        """Return the answer, and the body of the request."""
        path, body = request.url.path, _decoded(request.content)
        with self._lock:
            self.requests.append(body)
            self.paths.append(path)
            number = len(self.requests)
            step = next(self._steps, None)
        if step is None:
            shown = json.dumps(body.get("messages", body.get("input")), ensure_ascii=False)
            shown = shown if len(shown) <= _SHOWN else f"...{shown[-_SHOWN:]}"
            raise ScriptEndedError(
                f"The script has {number - 1} answers, and this is request {number}, to {path}:"
                f" {shown}. Add an answer to answers([...]); a repeated attempt takes one too"
                " (max_retries=0 switches repeats off)."
            )
        if callable(step):
            step = step(body)
        if isinstance(step, Exception):
            raise step
        return _as_answer(step, number), body

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer, body = self._turn(request)
        time.sleep(_until(request, answer.delay))
        _check_read(request, answer.delay)
        if isinstance(answer, Failure) or not body.get("stream"):
            return _whole(request, answer, body)
        events = _wire_of(request).events(answer, body)
        return httpx.Response(200, headers=_STREAM, content=_paced(request, answer, events))

    async def _aanswer(self, request: httpx.Request) -> httpx.Response:
        answer, body = self._turn(request)
        await asyncio.sleep(_until(request, answer.delay))
        _check_read(request, answer.delay)
        if isinstance(answer, Failure) or not body.get("stream"):
            return _whole(request, answer, body)
        events = _wire_of(request).events(answer, body)
        return httpx.Response(200, headers=_STREAM, content=_apaced(request, answer, events))


def answers(steps: Steps) -> Script:
    """Return a service that gives these answers in turn, for unit tests without a cassette.

    Needs no key, no network and no extra. The model writes its requests and reads the answers as
    it does with the service, on whichever endpoint it asks.

    Args:
        steps: The answers, one for each request, repeated attempts included: texts, `Answer`
            (tool calls, reasoning, pieces of a stream, delays, usage, cost), `Failure` (a
            status with a message), `AIMessage`, exceptions of httpx, or functions of the
            request's body that return one of these. An endless iterator will do as well.

    Returns:
        Keyword arguments of `ChatAIMLAPI`; `.requests` are the bodies that were sent.

    Raises:
        ScriptEndedError: In a call of the model, when there is no answer left.

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


def _decoded(content: bytes) -> dict[str, Any]:
    body = json.loads(content) if content else {}
    return body if isinstance(body, dict) else {}


def _wire_of(request: httpx.Request) -> Wire:
    path = request.url.path
    known = (name for name, endpoint in ENDPOINTS.items() if path.endswith(endpoint.path))
    wire = WIRES.get(next(known, ""))
    if wire is None or request.method != "POST":
        raise ScriptEndedError(
            f"answers() plays chat models; to {request.method} {path} it has failures only."
        )
    return wire


def _as_answer(step: Step, number: int) -> Answer | Failure:
    if isinstance(step, Failure):
        return step
    if isinstance(step, AIMessage):
        thoughts = [b.get("reasoning", "") for b in step.content_blocks if b["type"] == "reasoning"]
        calls, usage = step.tool_calls, step.usage_metadata
        step = Answer(step.text, reasoning="".join(thoughts), tool_calls=calls, usage=usage)
    if isinstance(step, str):
        step = Answer(step)
    if not isinstance(step, Answer):
        raise TypeError(f"answers() takes texts, Answer, Failure ..., not {step!r}.")
    nameless = [
        call for call in step.tool_calls if not (isinstance(call, Mapping) and "name" in call)
    ]
    if nameless:
        raise TypeError(
            'A tool call of Answer is a dict {"name": ..., "args": {...}},'
            f" not {nameless[0]!r}."
        )
    named = [
        {**call, "id": call.get("id") or f"call_{number}_{place}"}
        for place, call in enumerate(step.tool_calls, 1)
    ]
    return replace(step, tool_calls=named)


def _whole(
    request: httpx.Request, answer: Answer | Failure, body: dict[str, Any]
) -> httpx.Response:
    end = answer if isinstance(answer, Failure) else answer.then
    if isinstance(end, Exception):
        raise end
    if end is not None:
        return httpx.Response(end.status, headers=end.headers(), json=end.body())
    assert isinstance(answer, Answer)  # noqa: S101  # a failure is its own end
    return httpx.Response(200, json=_wire_of(request).whole(answer, body))


# --- the clock ---
def _until(request: httpx.Request, seconds: float) -> float:
    """Return how long to wait: as on a real line, no longer than the client reads."""
    bound = request.extensions.get("timeout", {}).get("read")
    return seconds if bound is None else min(seconds, bound)


def _check_read(request: httpx.Request, seconds: float) -> None:
    if _until(request, seconds) < seconds:
        raise httpx.ReadTimeout("The scripted delay is longer than the timeout.", request=request)


def _paced(request: httpx.Request, answer: Answer, events: Iterator[bytes]) -> Iterator[bytes]:
    for number, event in enumerate(events):
        if number and answer.pause:
            time.sleep(_until(request, answer.pause))
            _check_read(request, answer.pause)
        yield event


async def _apaced(
    request: httpx.Request, answer: Answer, events: Iterator[bytes]
) -> AsyncIterator[bytes]:
    for number, event in enumerate(events):
        if number and answer.pause:
            await asyncio.sleep(_until(request, answer.pause))
            _check_read(request, answer.pause)
        yield event
