"""A LangChain model that answers from memory: what the framework itself costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from tests.benchmarks.server import DELTAS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_ID = "chatcmpl-bench"
_PROVIDER = {"model_provider": "bench"}
_USAGE: Any = {"input_tokens": 16, "output_tokens": 500, "total_tokens": 516}
_FACTS = {"finish_reason": "stop", "model_name": "bench/model"}


class Floor(BaseChatModel):
    """Makes the chunks that the server's make, as the documentation of LangChain says."""

    kind: str
    chunks: int

    @property
    def _llm_type(self) -> str:
        return "floor"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        message = AIMessage(
            content="Hello! " * 40,
            id=_ID,
            usage_metadata=_USAGE,
            response_metadata={**_PROVIDER, **_FACTS},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(self, *_: Any, **__: Any) -> ChatResult:
        return self._generate()

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        delta_of, fields_of = DELTAS[self.kind], _FIELDS[self.kind]
        for number in range(self.chunks):
            yield _chunk(fields_of(delta_of(number)), _PROVIDER)
        yield _chunk({"usage_metadata": _USAGE, "chunk_position": "last"}, _PROVIDER | _FACTS)

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream():
            yield chunk


def _chunk(fields: dict[str, Any], metadata: dict[str, Any]) -> ChatGenerationChunk:
    fields = {"content": "", "id": _ID, "response_metadata": {**metadata}, **fields}
    return ChatGenerationChunk(message=AIMessageChunk(**fields))


def _calls(delta: dict[str, Any]) -> dict[str, Any]:
    return {"tool_call_chunks": [_call_chunk(call) for call in delta["tool_calls"]]}


def _call_chunk(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    return {
        "name": function.get("name"),
        "args": function["arguments"],
        "id": call.get("id"),
        "index": call["index"],
        "type": "tool_call_chunk",
    }


_FIELDS = {
    "text": lambda delta: delta,
    "messages": lambda delta: delta,
    "reasoning": lambda delta: {"additional_kwargs": delta},
    "tools": _calls,
    "responses": lambda delta: delta,
}
"""The fields of a chunk that a delta becomes."""
