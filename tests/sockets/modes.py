"""The four ways to call a model, each reduced to what came of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_aimlapi.errors import AIMLAPIError

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_aimlapi import ChatAIMLAPI
    from sockets.server import Service

    ModelOf = Callable[..., ChatAIMLAPI]
    Asking = Callable[..., tuple[Service, ChatAIMLAPI]]

PROMPT = "Hi!"


@dataclass
class Result:
    """What came of a call."""

    text: str
    error: AIMLAPIError | None
    seconds: float


def _invoke(model: ChatAIMLAPI, received: list[str]) -> None:
    received.append(model.invoke(PROMPT).text)


def _stream(model: ChatAIMLAPI, received: list[str]) -> None:
    for chunk in model.stream(PROMPT):
        received.append(chunk.text)  # noqa: PERF401  # what came before an error counts


def _ainvoke(model: ChatAIMLAPI, received: list[str]) -> None:
    async def main() -> None:
        received.append((await model.ainvoke(PROMPT)).text)

    asyncio.run(main())


def _astream(model: ChatAIMLAPI, received: list[str]) -> None:
    async def main() -> None:
        async for chunk in model.astream(PROMPT):
            received.append(chunk.text)  # noqa: PERF401  # what came before an error counts

    asyncio.run(main())


MODES: dict[str, Callable[[ChatAIMLAPI, list[str]], None]] = {
    "invoke": _invoke,
    "ainvoke": _ainvoke,
    "stream": _stream,
    "astream": _astream,
}


BOTH = ["invoke", "astream"]
"""One way of each kind, where the other two take the same path."""


def text_of(model: ChatAIMLAPI, mode: str) -> str:
    """Return the text that `model` answers."""
    received: list[str] = []
    MODES[mode](model, received)
    return "".join(received)


def call(mode: str, model: ChatAIMLAPI) -> Result:
    """Call `model` and return what came of it; only typed errors are caught."""
    received: list[str] = []
    error: AIMLAPIError | None = None
    start = time.perf_counter()
    try:
        MODES[mode](model, received)
    except AIMLAPIError as raised:
        error = raised
    return Result("".join(received), error, time.perf_counter() - start)
