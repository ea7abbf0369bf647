"""The project's emulator on a bad day: slow, and with faults for chosen prompts."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from emulator import app, errors
from emulator.server import serve
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from emulator.server import Emulator

Fault = Response | errors.Refusal
PATH = "/v1/chat/completions"


def too_many_requests() -> Fault:
    return errors.rate_limited(PATH, "0")


def overloaded() -> Fault:
    return errors.envelope(503, "Service Unavailable", PATH)


def forbidden_words() -> Fault:
    return errors.envelope(400, "The prompt was refused.", PATH)


def not_json() -> Fault:
    return Response("<html>It works!</html>", media_type="text/html")


class RoughService:
    """What tests look at and turn."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.base_url = emulator.base_url
        self.paid: Counter[str] = Counter()
        """Prompts that were answered, and how often."""

    @property
    def asked(self) -> list[str]:
        """The prompt of every request, oldest first, whatever became of it."""
        return [prompt_of(request.body) for request in self.emulator.requests]


def prompt_of(body: dict[str, Any]) -> str:
    turns = body["messages"] if "messages" in body else body["input"]
    content = turns[-1]["content"]
    return content if isinstance(content, str) else " ".join(part["text"] for part in content)


@contextlib.contextmanager
def rough_service(
    *, seconds: float, faults: Mapping[str, list[Callable[[], Fault]]]
) -> Iterator[RoughService]:
    """Run it.

    Args:
        seconds: How long each answer takes.
        faults: What a prompt meets, one by one, before it is answered.
    """
    left = {prompt: list(reversed(meets)) for prompt, meets in faults.items()}
    services: list[RoughService] = []

    def rough(answer: Callable[[Any, Any], Awaitable[Response]]) -> Any:
        async def ask(service: Any, request: Any) -> Response:
            prompt = prompt_of(await request.json())
            await asyncio.sleep(seconds)
            if left.get(prompt):
                fault = left[prompt].pop()()
                if isinstance(fault, Response):
                    return fault
                raise fault
            response = await answer(service, request)
            services[0].paid[prompt] += 1
            return response

        return ask

    with pytest.MonkeyPatch.context() as patch:
        for route in ("_chat", "respond"):  # the routes themselves, wrapped
            patch.setattr(app, route, rough(getattr(app, route)))
        with serve() as emulator:
            services.append(RoughService(emulator))
            yield services[0]
