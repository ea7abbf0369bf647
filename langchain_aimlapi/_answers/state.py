"""One answer while it is read: what the readers of all endpoints share.

It puts Deltas together, makes chunks or the whole generation of them, and the errors that a reader
raises: each with what is known of the answer, and without a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration

from langchain_aimlapi._answers.assembler import AnswerAssembler, Piece
from langchain_aimlapi._answers.chunks import content_chunk, last_chunk
from langchain_aimlapi._answers.metadata import Metadata, generation_info
from langchain_aimlapi._http.error_bodies import error_from_payload, excerpt
from langchain_aimlapi.errors import AIMLAPIError, MalformedResponseError, StreamInterruptedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from langchain_core.outputs import ChatGenerationChunk

    from langchain_aimlapi._answers.delta import Delta
    from langchain_aimlapi._http.redaction import Secret


class AnswerState:
    """One answer while it is read.

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
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.chunks_received = 0
        self.metadata = Metadata(
            self.headers,
            include_headers=include_headers,
            include_cost_headers=not streamed,
            include_usage=include_usage,
        )
        self._secrets = secrets
        self._answer = AnswerAssembler()

    def for_next_choice(self) -> AnswerState:
        """Return the state of another choice of the same body, without its usage and cost."""
        other = AnswerState(secrets=self._secrets)
        other.headers, other.metadata = self.headers, self.metadata.for_next_choice()
        return other

    # --- a stream ---
    def add(self, delta: Delta) -> list[ChatGenerationChunk]:
        """Add a Delta; return the chunks that show what is new in it, none if nothing is."""
        return self._chunks(self._add(delta))

    def _add(self, delta: Delta) -> Piece:
        self._answer.calls.seed = self.metadata.seed
        return self._answer.add(delta)

    def _close(self) -> tuple[Piece, Piece]:
        self._answer.calls.seed = self.metadata.seed
        return self._answer.close()

    def close(self) -> list[ChatGenerationChunk]:
        """Return the last chunks: what is still to be shown, then what is sent once."""
        held, last = self._close()
        usage = self.metadata.usage_metadata
        return [
            *self._chunks(held),
            last_chunk(last.kwargs, self._facts(), list(last.calls), usage),
        ]

    # --- a whole body ---
    def whole(self, deltas: Iterable[Delta]) -> ChatGeneration:
        """Return the generation of a whole answer: of its Deltas in order, and the metadata.

        Args:
            deltas: What the body holds.
        """
        pieces = [self._add(delta) for delta in deltas]
        answer = self._answer
        held, last = self._close()
        content, kwargs = _content_of([*pieces, held])
        calls = answer.calls.calls
        facts = self._facts()
        message = AIMessage(
            content=content,
            additional_kwargs={**kwargs, **last.kwargs},
            response_metadata=facts,
            usage_metadata=self.metadata.usage_metadata,
            tool_calls=[call.as_tool_call for call in calls if not call.error],
            invalid_tool_calls=[call.as_invalid for call in calls if call.error],
        )
        return ChatGeneration(message=message, generation_info=generation_info(facts))

    def _facts(self) -> dict[str, Any]:
        answer = self._answer
        return self.metadata.as_dict(has_calls=bool(answer.calls), refused=answer.refused)

    def _chunks(self, piece: Piece) -> list[ChatGenerationChunk]:
        chunks = _chunks_of(piece)
        self.chunks_received += len(chunks)
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


def _chunks_of(piece: Piece) -> list[ChatGenerationChunk]:
    text, kwargs, blocks, calls = piece.text, piece.kwargs, piece.blocks, piece.calls
    if not blocks:
        return [content_chunk(text, kwargs, calls=calls)] if text or kwargs or calls else []
    before = [content_chunk(text, kwargs)] if text or kwargs else []
    shown = "".join([block["text"] for block in blocks if block["type"] == "text"])
    return [*before, content_chunk(shown, {}, blocks=list(blocks), calls=calls)]


def _content_of(pieces: list[Piece]) -> tuple[Any, dict[str, Any]]:
    """Return content and `additional_kwargs`, merged as LangChain merges them: as if streamed."""
    if not any(piece.kwargs or piece.blocks for piece in pieces):
        return "".join([piece.text for piece in pieces]), {}
    chunks = [chunk.message for piece in pieces for chunk in _chunks_of(piece)]
    merged: Any = chunks[0] + chunks[1:] if chunks[1:] else chunks[0]
    return merged.content, merged.additional_kwargs
