"""One answer while it is read: Deltas in, chunks or the whole generation out, or an error.

What is returned is safe to be merged by LangChain: strings are to be concatenated, everything else
is sent once. So a whole answer is what its Deltas would be as a stream, merged. Errors bear what
is known of the answer, and no key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration

from langchain_aimlapi._answers.calls import BROKEN_CALLS, CallAssembler
from langchain_aimlapi._answers.chunks import content_chunk, last_chunk
from langchain_aimlapi._answers.coerce import merged_under
from langchain_aimlapi._answers.content import AudioAssembler, Content, once_each
from langchain_aimlapi._answers.metadata import Metadata, generation_info
from langchain_aimlapi._answers.reasoning import Details, Thoughts
from langchain_aimlapi._http.error_bodies import error_from_payload, excerpt
from langchain_aimlapi.errors import AIMLAPIError, MalformedResponseError, StreamInterruptedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.messages.tool import ToolCallChunk
    from langchain_core.outputs import ChatGenerationChunk
    from pydantic import SecretStr

    from langchain_aimlapi._answers.delta import Block, Delta

EXTRA_CONTENT = "extra_content"
"""Key of `additional_kwargs`: what Gemini wants back with the message, its thought signature."""


@dataclass(slots=True)
class Piece:
    """What one delta adds to the message, in this order.

    Attributes:
        text: Plain text of the answer.
        kwargs: For `additional_kwargs`.
        blocks: Blocks for the content.
        calls: Chunks of tool calls.
    """

    text: str = ""
    kwargs: dict[str, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    calls: Sequence[ToolCallChunk] = ()

    def chunks(self) -> list[ChatGenerationChunk]:
        """Return it as chunks, none if there is nothing in it."""
        text, kwargs, blocks, calls = self.text, self.kwargs, self.blocks, self.calls
        if not blocks:
            return [content_chunk(text, kwargs, calls=calls)] if text or kwargs or calls else []
        before = [content_chunk(text, kwargs)] if text or kwargs else []
        shown = "".join([block["text"] for block in blocks if block["type"] == "text"])
        return [*before, content_chunk(shown, {}, blocks=blocks, calls=calls)]


class Answer:
    """One answer while it is read.

    Args:
        metadata: The facts of the answer; a reader notes them here.
        secrets: What no error may show.

    Attributes:
        metadata: The same.
        chunks_received: How many chunks were returned.
    """

    def __init__(self, metadata: Metadata, secrets: Sequence[SecretStr] = ()) -> None:
        self.metadata = metadata
        self.chunks_received = 0
        self._secrets = secrets
        self._calls = CallAssembler(metadata)
        self._content = Content(self._calls)
        self._thoughts = Thoughts()
        self._details = Details()
        self._audio = AudioAssembler()
        self._kwargs: dict[str, Any] = {}
        self._refused = False

    def for_next_choice(self) -> Answer:
        """Return another choice of the same body, without its usage and cost."""
        return Answer(self.metadata.for_next_choice(), self._secrets)

    # --- a stream ---
    def add(self, delta: Delta) -> list[ChatGenerationChunk]:
        """Add a Delta; return the chunks that show what is new in it, none if nothing is."""
        chunks = self._add(delta).chunks()
        self.chunks_received += len(chunks)
        return chunks

    def close(self) -> list[ChatGenerationChunk]:
        """Return the last chunks: what is still to be shown, then what is sent once."""
        held, last = self._close()
        chunks = held.chunks()
        self.chunks_received += len(chunks)
        usage = self.metadata.usage()
        end = last_chunk(last.kwargs, self._facts(usage), list(last.calls), usage)
        return [*chunks, end]

    # --- a whole body ---
    def whole(self, deltas: Iterable[Delta]) -> ChatGeneration:
        """Return the generation of a whole answer, of its Deltas in order."""
        pieces = [self._add(delta) for delta in deltas]
        held, last = self._close()
        content, kwargs = _merged([*pieces, held])
        usage = self.metadata.usage()
        facts = self._facts(usage)
        message = AIMessage(
            content=content,
            additional_kwargs={**kwargs, **last.kwargs},
            response_metadata=facts,
            usage_metadata=usage,
            tool_calls=self._calls.valid(),
            invalid_tool_calls=self._calls.broken(),
        )
        return ChatGeneration(message=message, generation_info=generation_info(facts))

    # --- its parts ---
    def _add(self, delta: Delta) -> Piece:
        piece = Piece()
        if delta.details and (details := self._details.add(delta.details)):
            piece.kwargs["reasoning_details"] = details
        if delta.reasoning and (new := self._thoughts.add(delta.reasoning, delta.source)):
            piece.kwargs["reasoning_content"] = new
        if delta.refusal:
            piece.kwargs["refusal"] = delta.refusal
            self._refused = True
        self._add_content(delta, piece)
        if delta.calls:
            piece.calls = self._calls.feed(delta.calls)
        if delta.additional_kwargs:
            for name, value in delta.additional_kwargs.items():
                known = self._kwargs.get(name) if name == EXTRA_CONTENT else None
                self._kwargs[name] = merged_under(known, value)
        return piece

    def _add_content(self, delta: Delta, piece: Piece) -> None:
        content = self._content
        if delta.text and content.is_list:
            piece.blocks += content.add({"type": "text", "text": delta.text})[1]
        elif delta.text:
            piece.text = delta.text
            content.has_plain = True
        if delta.annotations:
            content.annotations |= once_each(delta.annotations)
        for block in delta.blocks:
            text, blocks = content.add(block)
            piece.text += text
            piece.blocks += blocks
            self._refused = self._refused or block["type"] == "refusal"
        if delta.audio and (spoken := self._audio.add(delta.audio)):
            content.end_text()
            piece.blocks += spoken

    def _close(self) -> tuple[Piece, Piece]:
        """Complete the answer; return what is still to be shown, and what is sent once."""
        blocks = self._audio.close() + self._content.close()
        held = Piece(blocks=blocks, calls=self._calls.release())
        last = Piece(calls=self._calls.close())
        once = {
            "annotations": [*self._content.annotations.values()],
            "tool_call_extras": self._calls.extras(),
            BROKEN_CALLS: self._calls.broken(),
        }
        last.kwargs = {**self._kwargs, **{name: value for name, value in once.items() if value}}
        return held, last

    def _facts(self, usage: UsageMetadata | None) -> dict[str, Any]:
        return self.metadata.as_dict(usage, has_calls=bool(self._calls), refused=self._refused)

    # --- errors ---
    def error(self, payload: Any) -> AIMLAPIError:
        """Return the error that an error inside a 200 answer or a stream stands for.

        Args:
            payload: The decoded JSON, or the text where it is none.
        """
        return error_from_payload(
            payload, secrets=self._secrets, chunks_received=self.chunks_received
        )

    def malformed(self, message: str, data: bytes = b"") -> AIMLAPIError:
        """Return the error for an answer, or an event of it, that cannot be read.

        Args:
            message: What is wrong with it.
            data: What was to be read.
        """
        shown = excerpt(data, secrets=self._secrets) if data else None
        return MalformedResponseError(
            message, status_code=200, body_excerpt=shown, **self._facts_of_the_call()
        )

    def interrupted(self, message: str) -> AIMLAPIError:
        """Return the error for a stream that ended before its answer did."""
        return StreamInterruptedError(message, **self._facts_of_the_call())

    def _facts_of_the_call(self) -> dict[str, Any]:
        ids = ("inference_id", "client_request_id")
        found = {name: self.metadata.headers.get(f"x-{name.replace('_', '-')}") for name in ids}
        return {"chunks_received": self.chunks_received, **found}


def _merged(pieces: list[Piece]) -> tuple[Any, dict[str, Any]]:
    """Return content and `additional_kwargs`, merged as LangChain merges them: as if streamed."""
    if not any(piece.kwargs or piece.blocks for piece in pieces):
        return "".join([piece.text for piece in pieces]), {}
    chunks = [chunk.message for piece in pieces for chunk in piece.chunks()]
    merged: Any = chunks[0] + chunks[1:] if chunks[1:] else chunks[0]
    return merged.content, merged.additional_kwargs
