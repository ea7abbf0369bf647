"""A service that answers with what it is given, and the ways to ask it."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import Any

import httpx

KEY = "sk-services-0123456789"


class Scripted:
    """Gives its answers in order, the last one from then on, and keeps the requests.

    An answer is a body (bytes or JSON), a response, an exception or a function of the request.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, content=answer if isinstance(answer, bytes) else _json(answer))

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def clients(self) -> dict[str, Any]:
        """Settings of a model that asks this service, both ways."""
        return {
            "http_client": httpx.Client(transport=httpx.MockTransport(self)),
            "http_async_client": httpx.AsyncClient(transport=httpx.MockTransport(self)),
        }

    def ask(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a function of a public module, sync or async, with a client of this service."""
        sync, asynchronous = self.clients.values()
        client = asynchronous if inspect.iscoroutinefunction(function) else sync
        return ran(function(*args, **{"http_client": client, "max_retries": 0, **kwargs}))


def ran(result: Any) -> Any:
    """Return what came of a call, awaited where it is async."""
    return asyncio.run(result) if inspect.isawaitable(result) else result


def refused(status: int, message: str = "no", **headers: str) -> Any:
    """Answer with an error."""
    return lambda _: httpx.Response(
        status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        json={"error": {"message": message}},
    )


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()
