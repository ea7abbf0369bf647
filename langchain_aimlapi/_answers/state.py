"""One answer while it is read: what the readers of all endpoints share.

It puts Deltas together, makes chunks or the whole generation of them, and the errors that a reader
raises: each with what is known of the answer, and without a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration

from langchain_aimlapi._answers.assembler import BROKEN_CALLS, AnswerAssembler, Piece
from langchain_aimlapi._answers.chunks import (
    block_chunk,
    call_chunk,
    full_chunk,
    text_chunk,
    text_generation,
)
from langchain_aimlapi._answers.metadata import Metadata, generation_info
from langchain_aimlapi._http.error_bodies import error_from_payload, excerpt
from langchain_aimlapi.errors import AIMLAPIError, MalformedResponseError, StreamInterruptedError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk

    from langchain_aimlapi._answers.delta import Delta
    from langchain_aimlapi._http.redaction import Secret


class AnswerState:
    """Reads one answer.

    Args:
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether `response_metadata["headers"]` is wanted.
        include_usage: Whether `usage_metadata` is wanted.
        secrets: What no error may show.
        streamed: Whether the answer is a stream: its headers were sent before anything was
            spent, so they hold no cost.

    Attributes:
        headers: Those of the response.
        metadata: The facts of the answer; a reader notes them here.
        chunks_received: How many chunks were returned.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        include_headers: bool = False,
        include_usage: bool = True,
        secrets: Sequence[Secret] = (),
        streamed: bool = True,
    ) -> None:
        """Start with nothing."""
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.chunks_received = 0
        self._first: ChatGenerationChunk | None = None
        self.metadata = Metadata(
            self.headers,
            include_headers=include_headers,
            include_cost_headers=not streamed,
            include_usage=include_usage,
        )
        self._include_usage = include_usage
        self._secrets = secrets
        self._answer: AnswerAssembler | None = None
        self._has_text = False
        self._text_key: Hashable = None  # of the block that the plain text is

    @property
    def answer(self) -> AnswerAssembler:
        """What was put together so far; made on first use: most answers are one text."""
        answer = self._answer
        if answer is None:
            self._answer = answer = AnswerAssembler()
            if self._has_text:
                answer.content.start_text(self._text_key)
        return answer

    @property
    def is_list(self) -> bool:
        """Whether the content has become a list of blocks."""
        return self._answer is not None and self._answer.content.is_list

    def sibling(self) -> AnswerState:
        """Return the state of another choice of the same body, without its usage and cost."""
        other = AnswerState(include_usage=self._include_usage, secrets=self._secrets)
        other.headers, other.metadata = self.headers, self.metadata.sibling()
        return other

    # --- a stream ---
    def start_text(self) -> None:
        """Note that a plain text came, beside which nothing has a place."""
        self._has_text = True
        if self._answer is not None:
            self._answer.content.has_plain = True

    def text(self, text: str) -> list[ChatGenerationChunk]:
        """Return the chunk of a text without a place, or in front of all; not for a list."""
        self.chunks_received += 1
        return [self.noted(text_chunk(text, {}))]

    def thought(self, text: str, source: str) -> list[ChatGenerationChunk]:
        """Return the chunk of a piece of reasoning that was sent in the field `source`."""
        new = self.answer.thoughts.add(text, source)
        if not new:
            return []
        self.chunks_received += 1
        return [self.noted(text_chunk("", {"reasoning_content": new}))]

    def noted(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        """Return a chunk that is sent, and remember it if it is the first."""
        if self._first is None:
            self._first = chunk
        return chunk

    def add(self, delta: Delta) -> list[ChatGenerationChunk]:
        """Add a Delta; return the chunks that show what is new in it, none if nothing is."""
        if self._answer is None and self._is_more_text(delta):
            text = delta.text or "".join(block.get("text") or "" for block in delta.blocks)
            return self.text(text) if text else []
        self.answer.content.seed = self.metadata.seed
        return self._chunks(self.answer.add(delta))

    def _is_more_text(self, delta: Delta) -> bool:
        """Note a Delta that adds to the plain text, or nothing; return whether it is one."""
        if not delta.is_text:
            return False
        if delta.blocks:
            key = delta.blocks[0].get("key")
            if self._has_text and key != self._text_key:
                return False
            self._has_text, self._text_key = True, key
        elif delta.text:
            self._has_text = True
        return True

    def close(self) -> list[ChatGenerationChunk]:
        """Return the last chunks: what is still to be shown, then what is sent once."""
        if self._answer is None:
            return [self._last(Piece())]
        tail = self._answer.close(self.metadata.seed)
        rest = self._chunks(Piece(blocks=tail.blocks, calls=tail.late_calls))
        last = self._last(tail)
        if BROKEN_CALLS in tail.kwargs:
            from langchain_aimlapi._answers.merging import keep_texts  # noqa: PLC0415  # rare

            keep_texts(self._first, last)
        return [*rest, last]

    # --- a whole body ---
    def whole(self, deltas: Iterable[Delta]) -> ChatGeneration:
        """Return the generation of a whole answer: of its Deltas in order, and the metadata.

        Args:
            deltas: What the body holds.
        """
        answer = self.answer
        answer.content.seed = self.metadata.seed
        pieces = [answer.add(delta) for delta in deltas]
        tail = answer.close(self.metadata.seed)
        if not any(piece.is_more_than_text for piece in (*pieces, tail)):
            return self.of_text("".join([piece.text for piece in pieces]))
        pieces.append(Piece(blocks=tail.blocks, calls=tail.late_calls))
        chunks = [chunk for piece in pieces for chunk in self._chunks(piece)]
        last = self._last(tail)
        merged = _merged([*chunks, last])
        calls = self.answer.calls.calls
        message = AIMessage(
            content=merged.content,
            additional_kwargs=merged.additional_kwargs,
            response_metadata=merged.response_metadata,
            usage_metadata=merged.usage_metadata,
            tool_calls=[call.as_tool_call for call in calls if not call.error],
            invalid_tool_calls=[call.as_invalid for call in calls if call.error],
        )
        return ChatGeneration(message=message, generation_info=last.generation_info)

    def of_text(self, text: str) -> ChatGeneration:
        """Return the generation of a whole answer that is one text, as most are.

        Args:
            text: The answer.
        """
        metadata = self.metadata
        facts = metadata.as_dict(has_calls=False)
        usage = metadata.usage if self._include_usage else None
        return text_generation(text, usage, facts, generation_info(facts))

    def _last(self, tail: Piece) -> ChatGenerationChunk:
        metadata = self.metadata
        answer = self._answer
        facts = metadata.as_dict(
            has_calls=answer is not None and bool(answer.calls),
            refused=answer is not None and answer.refused,
        )
        return full_chunk(
            "",
            tail.kwargs,
            facts,
            calls=tail.calls,
            usage=metadata.usage if self._include_usage else None,
            info=generation_info(facts),
            position="last",
        )

    def _chunks(self, piece: Piece) -> list[ChatGenerationChunk]:
        text, kwargs, blocks, calls = piece.text, piece.kwargs, piece.blocks, piece.calls
        chunks: list[ChatGenerationChunk] = []
        if blocks:
            if text or kwargs:
                chunks.append(text_chunk(text, kwargs))
            chunks.append(block_chunk(blocks, calls))
        elif calls:
            chunks.append(call_chunk(text, kwargs, calls))
        elif text or kwargs:
            chunks.append(text_chunk(text, kwargs))
        self.chunks_received += len(chunks)
        if chunks:
            self.noted(chunks[0])
        return chunks

    # --- errors ---
    def error(self, payload: Any) -> AIMLAPIError:
        """Return the error that an error inside a 200 answer or a stream stands for.

        Args:
            payload: The decoded JSON, or the text where it is none.
        """
        return error_from_payload(
            payload, self.headers, secrets=self._secrets, chunks_received=self.chunks_received
        )

    def malformed(self, message: str, data: bytes = b"") -> AIMLAPIError:
        """Return the error for an answer, or an event of it, that cannot be read.

        Args:
            message: What is wrong with it.
            data: What was to be read.
        """
        shown = excerpt(data, secrets=self._secrets) if data else None
        error = MalformedResponseError(message, status_code=200, body_excerpt=shown)
        return self._with_facts(error)

    def interrupted(self, message: str = "") -> AIMLAPIError:
        """Return the error for a stream that ended before its answer did."""
        text = message or "The stream ended before the answer did."
        return self._with_facts(StreamInterruptedError(text))

    def _with_facts(self, error: AIMLAPIError) -> AIMLAPIError:
        error.chunks_received = self.chunks_received
        error.inference_id = self.headers.get("x-inference-id")
        error.client_request_id = self.headers.get("x-client-request-id")
        return error


def _merged(chunks: list[ChatGenerationChunk]) -> AIMessageChunk:
    """Return the message that LangChain makes of chunks: invoked equals streamed."""
    messages: list[Any] = [chunk.message for chunk in chunks]
    first, *others = messages
    merged: AIMessageChunk = first + others if others else first
    return merged
