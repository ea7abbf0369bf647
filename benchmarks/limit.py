"""The limit: what no package gets below without another framework or another HTTP client.

A LangChain model that reads nothing and writes nothing: it sends a request that was built
beforehand with plain httpx, splits the bytes that come, and answers from memory. Framework and
httpx run in one call, as they do for everybody else: one after the other in loops of their own,
both would stay in the caches of the processor and cost a fifth less than in any program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from benchmarks.contestants import Model
from benchmarks.conversations import as_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from benchmarks.contestants import Task

_USAGE: Any = {"input_tokens": 16, "output_tokens": 500, "total_tokens": 516}
_PROVIDER = {"model_provider": "bench"}
_METADATA = {**_PROVIDER, "finish_reason": "stop", "model_name": "bench/model"}


class Httpx:
    """Calls the server with httpx alone, and keeps what is sent."""

    def __init__(self, task: Task) -> None:
        unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        self.client = httpx.Client()
        self.aclient = httpx.AsyncClient(limits=unlimited, timeout=60)
        self._url = f"{task.url}/chat/completions"
        self._whole, self.streamed = self._request(), self._request(stream=True)
        self.conversation: dict[str, Any] | None = None

    def _request(self, **more: Any) -> httpx.Request:
        messages = [{"role": "user", "content": "Hello"}]
        body = {"model": "bench/model", "messages": messages, **more}
        return self.client.build_request("POST", self._url, json=body)

    @property
    def whole(self) -> httpx.Request:
        """A request; a conversation is written as JSON each time."""
        if self.conversation is None:
            return self._whole
        return self.client.build_request("POST", self._url, json=self.conversation)


class Limit(BaseChatModel):
    """Makes the answers that the server sends, as LangChain's documentation shows it."""

    http: Any

    @property
    def _llm_type(self) -> str:
        return "limit"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        _ = self.http.client.send(self.http.whole).content
        return _result()

    async def _agenerate(self, *_: Any, **__: Any) -> ChatResult:
        _ = (await self.http.aclient.send(self.http.whole)).content
        return _result()

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        response = self.http.client.send(self.http.streamed, stream=True)
        rest = b""
        for data in response.iter_raw():
            *events, rest = (rest + data).split(b"\n\n")
            for _ in events:
                yield _chunk(content=" word", response_metadata=dict(_PROVIDER))
        response.close()
        yield _last_chunk()

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        response = await self.http.aclient.send(self.http.streamed, stream=True)
        rest = b""
        async for data in response.aiter_raw():
            *events, rest = (rest + data).split(b"\n\n")
            for _ in events:
                yield _chunk(content=" word", response_metadata=dict(_PROVIDER))
        await response.aclose()
        yield _last_chunk()


def _result() -> ChatResult:
    message = AIMessage(
        content="Hello! " * 40, usage_metadata=_USAGE, response_metadata=dict(_METADATA)
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunk(**fields: Any) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(**fields))


def _last_chunk() -> ChatGenerationChunk:
    metadata = dict(_METADATA)
    return _chunk(
        content="", usage_metadata=_USAGE, response_metadata=metadata, chunk_position="last"
    )


class LimitDriver(Model):
    """Calls the limit."""

    def __init__(self, task: Task) -> None:
        self._http = Httpx(task)
        super().__init__(Limit(http=self._http))

    def conversation(self, length: int, *, tools: bool) -> Callable[[], object]:
        """Return what sends a conversation that was brought into the form of the wire before."""
        self._http.conversation = as_body(length, tools=tools)
        return super().conversation(length, tools=tools)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclient.aclose()
