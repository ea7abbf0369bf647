"""httpx alone: what the way over the wire costs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from tests.benchmarks.contestants import PROMPT
from tests.benchmarks.histories import as_sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.contestants import Task


class Httpx:
    """Calls the service with requests made beforehand, and splits what comes.

    It has no events of its own: for those the bytes are what counts."""

    def __init__(self, task: Task) -> None:
        self._client, self._aclient = httpx.Client(), httpx.AsyncClient()
        url = f"{task.url}/chat/completions"
        headers = {"authorization": "Bearer k"}
        messages = [{"role": "user", "content": PROMPT}]

        def request(**more: Any) -> httpx.Request:
            body = {"model": "bench/model", "messages": messages, **more}
            return self._client.build_request("POST", url, json=body, headers=headers)

        self._whole = request()
        self._streamed = request(stream=True, stream_options={"include_usage": True})

    def invoke(self) -> object:
        return self._client.send(self._whole).content

    def history(self, length: int, *, tools: bool) -> Callable[[], object]:
        """Return what writes a conversation as JSON, and sends it."""
        body = as_sent(length, tools=tools)
        url, headers = self._whole.url, {"authorization": "Bearer k"}
        return lambda: self._client.post(url, json=body, headers=headers).content

    async def ainvoke(self) -> object:
        return (await self._aclient.send(self._whole)).content

    def stream(self) -> int:
        response = self._client.send(self._streamed, stream=True)
        count, rest = 0, b""
        for data in response.iter_raw():
            *events, rest = (rest + data).split(b"\n\n")
            count += len(events)
        response.close()
        return count

    async def astream(self) -> int:
        response = await self._aclient.send(self._streamed, stream=True)
        count, rest = 0, b""
        async for data in response.aiter_raw():
            *events, rest = (rest + data).split(b"\n\n")
            count += len(events)
        await response.aclose()
        return count

    events, aevents = stream, astream

    async def abatch(self, calls: int, at_once: int) -> object:
        free = asyncio.Semaphore(at_once)

        async def call() -> object:
            async with free:
                return await self.ainvoke()

        return await asyncio.gather(*(call() for _ in range(calls)))
