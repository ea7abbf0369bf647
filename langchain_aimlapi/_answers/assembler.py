"""One answer while it is put together: shared by whole bodies and by streams, of all endpoints.

What `AnswerAssembler.add` and `close` return is safe to be merged by LangChain: strings are to be
concatenated, everything else is sent once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.audio import AudioAssembler
from langchain_aimlapi._answers.calls import CallAssembler
from langchain_aimlapi._answers.coerce import merged_under
from langchain_aimlapi._answers.content import Content
from langchain_aimlapi._answers.reasoning import Details, Thoughts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages.tool import ToolCallChunk

    from langchain_aimlapi._answers.delta import Block, Delta

EXTRA_CONTENT = "extra_content"
"""Key of `additional_kwargs`: what Gemini wants back with the message, its thought signature."""

BROKEN_CALLS = "broken_tool_calls"
"""Key of `additional_kwargs`: the calls whose arguments cannot be read, as they were sent.

LangChain parses the arguments of a merged stream once more. It would repair arguments that were
cut off into a call with wrong arguments; the last chunk adds a closing bracket or two that prevent
this. The text as it was sent stands here: for the merged message, for standard blocks and for the
next request.
"""


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
    blocks: Sequence[Block] = ()
    calls: Sequence[ToolCallChunk] = ()

    def append(self, blocks: Sequence[Block]) -> None:
        """Add blocks."""
        self.blocks = [*self.blocks, *blocks]


class AnswerAssembler:
    """Puts the message of one choice together.

    Attributes:
        calls: Its tool calls.
        content: Its content.
        thoughts: The text of its reasoning, beside the content.
        refused: Whether there is a refusal in it.
    """

    def __init__(self) -> None:
        self.calls = CallAssembler()
        self.content = Content(self.calls)
        self.refused = False
        self._details = Details()
        self._audio = AudioAssembler()
        self.thoughts = Thoughts()
        self._other_kwargs: dict[str, Any] = {}
        self._shown: set[str] = set()
        self._legacy = False  # its calls come as `function_call`

    def add(self, delta: Delta) -> Piece:
        """Add a delta; return what it brings that is new."""
        piece = Piece()
        if delta.details and (details := self._details.add(delta.details)):
            piece.kwargs["reasoning_details"] = details
        if delta.reasoning and (new := self.thoughts.add(delta.reasoning, delta.source)):
            piece.kwargs["reasoning_content"] = new
        if delta.refusal:
            piece.kwargs["refusal"] = delta.refusal
            self.refused = True
        self._add_content(delta, piece)
        if delta.calls or delta.legacy_call:
            # A server tool whose call was written before this one keeps its place.
            piece.append(self.content.release())
            piece.calls = self.calls.feed(self._entries(delta))
        for name, value in (delta.additional_kwargs or {}).items():
            known = self._other_kwargs.get(name) if name == EXTRA_CONTENT else None
            self._other_kwargs[name] = merged_under(known, value)
        return piece

    def _add_content(self, delta: Delta, piece: Piece) -> None:
        content = self.content
        if delta.text:
            if content.is_list:
                piece.append(content.add({"type": "text", "text": delta.text})[1])
            else:
                piece.text = delta.text
                content.has_plain = True
        if delta.annotations:
            content.annotations.add(delta.annotations)
        for block in delta.blocks:
            text, blocks = content.add(block)
            piece.text += text
            if blocks:
                piece.append(blocks)
            self.refused = self.refused or block["type"] == "refusal"
        for block in self._new_media(delta.media) if delta.media else ():
            piece.append(content.append(block))
        for block in self._audio.add(delta.audio) if delta.audio else ():
            piece.append(content.append(block))

    def close(self) -> tuple[Piece, Piece]:
        """Complete the answer; return what is still to be shown, and what is sent once."""
        rest = [block for spoken in self._audio.close() for block in self.content.append(spoken)]
        rest += self.content.close()
        held = Piece(blocks=rest, calls=self.calls.release())
        last = Piece(kwargs=dict(self._other_kwargs), calls=self.calls.close())
        if annotations := self.content.annotations.all():
            last.kwargs["annotations"] = annotations
        if extras := self.calls.extras():
            last.kwargs["tool_call_extras"] = extras
        if broken := self.calls.broken():
            last.kwargs[BROKEN_CALLS] = broken
        return held, last

    def _new_media(self, blocks: Sequence[Block]) -> list[Block]:
        """Return the blocks that were not shown before."""
        new = []
        for block in blocks:
            payload = block.get("base64") or block.get("url")
            if payload not in self._shown:
                new.append(block)
            if payload:
                self._shown.add(payload)
        return new

    def _entries(self, delta: Delta) -> Sequence[Any]:
        if delta.calls:
            return delta.calls
        if self.calls and not self._legacy:
            return []  # the same call once more, in the older form
        self._legacy = True
        return [{"function": delta.legacy_call}]
