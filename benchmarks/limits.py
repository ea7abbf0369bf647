"""The limit: what no package gets below without another framework or another HTTP client.

`Framework` is a LangChain model that answers from memory. `Httpx` sends a request that was built
beforehand and splits the bytes that come. A limit is the sum of both.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from benchmarks.conversations import as_body
from benchmarks.server import PAUSE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from benchmarks.contestants import Task

_USAGE: Any = {"input_tokens": 16, "output_tokens": 500, "total_tokens": 516}
_PROVIDER = {"model_provider": "bench"}
_METADATA = {**_PROVIDER, "finish_reason": "stop", "model_name": "bench/model"}


class Framework(BaseChatModel):
    """Makes the answers that the server sends, as LangChain's documentation shows it."""

    chunks: int
    slow: bool = False

    @property
    def _llm_type(self) -> str:
        return "memory"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        message = AIMessage(
            content="Hello! " * 40, usage_metadata=_USAGE, response_metadata=dict(_METADATA)
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(self, *_: Any, **__: Any) -> ChatResult:
        return self._generate()

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        for number in range(self.chunks):
            yield _chunk(content=f" word{number}", response_metadata=dict(_PROVIDER))
        yield _chunk(
            content="",
            usage_metadata=_USAGE,
            response_metadata=dict(_METADATA),
            chunk_position="last",
        )

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream():
            if self.slow:
                await asyncio.sleep(PAUSE)
            yield chunk


def _chunk(**fields: Any) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(**fields))


class Httpx:
    """Calls the server with httpx alone. It has no events: for those the bytes are what counts."""

    def __init__(self, task: Task) -> None:
        unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self._client = httpx.Client()
        self._aclient = httpx.AsyncClient(limits=unlimited, timeout=60)
        self._url = f"{task.url}/chat/completions"
        self._whole, self._streamed = self._request(), self._request(stream=True)

    def _request(self, **more: Any) -> httpx.Request:
        messages = [{"role": "user", "content": "Hello"}]
        body = {"model": "bench/model", "messages": messages, **more}
        return self._client.build_request("POST", self._url, json=body)

    def invoke(self) -> object:
        return self._client.send(self._whole).content

    async def ainvoke(self) -> object:
        return (await self._aclient.send(self._whole)).content

    def conversation(self, length: int, *, tools: bool) -> Callable[[], object]:
        """Return what writes a conversation as JSON, and sends it."""
        body = as_body(length, tools=tools)
        return lambda: self._client.post(self._url, json=body).content

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

    async def aclose(self) -> None:
        await self._aclient.aclose()
