"""A chat model that answers with a case: LangChain's own machinery on top of the reader."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from doors.answers import read_answer
from doors.streams import EventBuilder, stream_events
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from .reading import chunks_of


class CaseModel(BaseChatModel):
    """Answers with `stream` when it streams, else with `body`."""

    body: bytes = b""
    stream_bytes: bytes = b""

    @property
    def _llm_type(self) -> str:
        return "case"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return read_answer(self.body)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from chunks_of(self.stream_bytes)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in chunks_of(self.stream_bytes):
            yield chunk


class EventModel(CaseModel):
    """The same with native events."""

    def _stream_chat_model_events(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[Any]:
        yield from stream_events(self._stream(messages))

    async def _astream_chat_model_events(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        builder = EventBuilder()
        async for chunk in self._astream(messages):
            for event in builder.feed(chunk):
                yield event
        for event in builder.close():
            yield event
