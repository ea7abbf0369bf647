"""One answer while it is read: Deltas in, chunks or the whole generation out, or an error.

What is returned is safe to be merged by LangChain: strings are to be concatenated, everything else
is sent once. So a whole answer is what its Deltas would be as a stream, merged. Errors bear what
is known of the answer, and no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration

from langchain_aimlapi._answers.calls import BROKEN_CALLS, CallAssembler
from langchain_aimlapi._answers.chunks import content_chunks, last_chunk
from langchain_aimlapi._answers.coerce import merged_under
from langchain_aimlapi._answers.content import Content, once_each
from langchain_aimlapi._answers.metadata import Metadata, generation_info
from langchain_aimlapi._answers.reasoning import Reasoning
from langchain_aimlapi._http.error_bodies import error_from_payload, excerpt
from langchain_aimlapi.errors import AIMLAPIError, MalformedResponseError, StreamInterruptedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_core.messages.ai import UsageMetadata
    from langchain_core.messages.tool import ToolCallChunk
    from langchain_core.outputs import ChatGenerationChunk
    from pydantic import SecretStr

    from langchain_aimlapi._answers.delta import Block, Delta

EXTRA_CONTENT = "extra_content"
"""Key of `additional_kwargs`: what Gemini wants back with the message, its thought signature."""


Piece = tuple[str, dict[str, Any], list["Block"], Sequence["ToolCallChunk"]]
"""What a Delta adds to the message: text, `additional_kwargs`, blocks, and chunks of calls."""


class Answer:
    """One answer while it is read.

    Args:
        metadata: The facts of the answer; a reader notes them here.
        secrets: What no error may show.

    Attributes:
        metadata: The same.
        secrets: The same.
        chunks_received: How many chunks were returned.
    """

    def __init__(self, metadata: Metadata, secrets: Sequence[SecretStr] = ()) -> None:
        self.metadata = metadata
        self.chunks_received = 0
        self.secrets = secrets
        self._calls = CallAssembler(metadata)
        self._content = Content(self._calls)
        self._reasoning = Reasoning()
        self._kwargs: dict[str, Any] = {}
        self._refused = False

    # --- a stream ---
    def add(self, delta: Delta) -> list[ChatGenerationChunk]:
        """Add a Delta; return the chunks that show what is new in it, none if nothing is."""
        return content_chunks(*self._read(delta))

    def close(self) -> list[ChatGenerationChunk]:
        """Return the last chunks: what is still to be shown, then what is sent once."""
        held = content_chunks("", {}, self._content.close(), self._calls.release())
        calls = self._calls.close()
        usage = self.metadata.usage()
        return [*held, last_chunk(self._sent_once(), self._facts(usage), calls, usage)]

    # --- a whole body ---
    def whole(self, deltas: Iterable[Delta]) -> ChatGeneration:
        """Return the generation of a whole answer, of its Deltas in order."""
        pieces = [self._read(delta) for delta in deltas]
        content, kwargs = _merged([*pieces, ("", {}, self._content.close(), ())])
        self._calls.close()
        usage = self.metadata.usage()
        facts = self._facts(usage)
        message = AIMessage(
            content=content,
            additional_kwargs={**kwargs, **self._sent_once()},
            response_metadata=facts,
            usage_metadata=usage,
            tool_calls=self._calls.valid(),
            invalid_tool_calls=self._calls.broken(),
        )
        return ChatGeneration(message=message, generation_info=generation_info(facts))

    # --- its parts ---
    def _read(self, delta: Delta) -> Piece:
        kwargs: dict[str, Any] = {}
        if delta.details and (details := self._reasoning.add_details(delta.details)):
            kwargs["reasoning_details"] = details
        if delta.reasoning and (new := self._reasoning.add_text(delta.reasoning, delta.source)):
            kwargs["reasoning_content"] = new
        if delta.refusal:
            kwargs["refusal"] = delta.refusal
            self._refused = True
        text, blocks = self._add_content(delta)
        calls = self._calls.feed(delta.calls) if delta.calls else ()
        if delta.additional_kwargs:
            for name, value in delta.additional_kwargs.items():
                known = self._kwargs.get(name) if name == EXTRA_CONTENT else None
                self._kwargs[name] = merged_under(known, value)
        return text, kwargs, blocks, calls

    def _add_content(self, delta: Delta) -> tuple[str, list[Block]]:
        content = self._content
        text = delta.text
        blocks: list[Block] = []
        if text and content.is_list:
            text, blocks = content.add({"type": "text", "text": text})
        elif text:
            content.has_plain = True
        if delta.annotations:
            content.annotations |= once_each(delta.annotations)
        for block in delta.blocks:
            more, added = content.add(block)
            text += more
            blocks += added
            self._refused = self._refused or block["type"] == "refusal"
        return text, blocks

    def _sent_once(self) -> dict[str, Any]:
        once = {
            "annotations": [*self._content.annotations.values()],
            "tool_call_extras": self._calls.extras(),
            BROKEN_CALLS: self._calls.broken(),
        }
        return {**self._kwargs, **{name: value for name, value in once.items() if value}}

    def _facts(self, usage: UsageMetadata | None) -> dict[str, Any]:
        return self.metadata.as_dict(usage, has_calls=bool(self._calls), refused=self._refused)

    # --- errors ---
    def error(self, payload: Any) -> AIMLAPIError:
        """Return the error that an error inside a 200 answer or a stream stands for.

        Args:
            payload: The decoded JSON, or the text where it is none.
        """
        return error_from_payload(
            payload, secrets=self.secrets, chunks_received=self.chunks_received
        )

    def malformed(self, message: str, data: bytes = b"") -> AIMLAPIError:
        """Return the error for an answer, or an event of it, that cannot be read.

        Args:
            message: What is wrong with it.
            data: What was to be read.
        """
        shown = excerpt(data, secrets=self.secrets) if data else None
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
    if not any(kwargs or blocks for _, kwargs, blocks, _ in pieces):
        return "".join([text for text, *_ in pieces]), {}
    chunks = [chunk for piece in pieces for chunk in content_chunks(*piece[:3], ())]
    first, *others = [chunk.message for chunk in chunks]
    merged: Any = first + others if others else first
    return merged.content, merged.additional_kwargs
