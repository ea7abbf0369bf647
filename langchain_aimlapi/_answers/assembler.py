"""One answer while it is put together: shared by whole bodies and by streams.

A body is an answer of one delta. What `Answer.add` and `Answer.close` return is safe to be
merged by LangChain: strings are to be concatenated, everything else is said once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.calls import CallAssembler
from langchain_aimlapi._answers.mergeable import Audio, Details

if TYPE_CHECKING:
    from langchain_core.messages.tool import ToolCallChunk

    from langchain_aimlapi._answers.delta import Block, Delta

MEDIA_INDEX = "lc_media"
_REPEATED = 16
"""Characters of reasoning from which the same text in a second field is no coincidence."""


@dataclass(slots=True)
class Piece:
    """What one delta adds to the message.

    Attributes:
        text: Text of the answer.
        kwargs: For `additional_kwargs`.
        calls: Chunks of tool calls.
        media: Blocks for the content.
    """

    text: str = ""
    kwargs: dict[str, Any] = field(default_factory=dict)
    calls: list[ToolCallChunk] = field(default_factory=list)
    media: list[Block] = field(default_factory=list)


class Answer:
    """Puts the message of one choice together."""

    def __init__(self) -> None:
        """Start empty."""
        self.calls = CallAssembler()
        self._details = Details()
        self._audio = Audio()
        self._reasoning: list[str] = []
        self._reasoned = 0  # characters
        self._source = ""
        self._annotations: dict[str, Block] = {}  # by their text: some repeat all they have sent
        self._kept: dict[str, Any] = {}
        self._media = 0
        self._shown: set[str] = set()
        self._legacy = False  # its calls come as `function_call`

    def add(self, delta: Delta) -> Piece:
        """Add a delta; return what it brings that is new."""
        piece = Piece(delta.text)
        piece.media += self._new_media(delta.media)
        if details := self._details.add(delta.details):
            piece.kwargs["reasoning_details"] = details
        if delta.reasoning:
            piece.kwargs.update(self.add_thought(delta.reasoning, delta.source))
        if delta.refusal:
            piece.kwargs["refusal"] = delta.refusal
        if delta.audio:
            piece.media += self._audio.add(delta.audio)
        if delta.calls or delta.legacy_call:
            piece.calls = self.calls.feed(self._entries(delta))
        for annotation in delta.annotations:
            self._annotations[json.dumps(annotation, sort_keys=True, default=str)] = annotation
        self._kept.update(delta.kept)
        return piece

    def add_thought(self, text: str, source: str) -> dict[str, Any]:
        """Add reasoning that was sent in the field `source`; return it for `additional_kwargs`.

        Some services send the whole of it again in a second field at the end: that is left out.
        """
        if (
            source != self._source
            and len(text) == self._reasoned >= _REPEATED
            and text == "".join(self._reasoning)
        ):
            return {}
        self._reasoning.append(text)
        self._reasoned += len(text)
        self._source = source
        return {"reasoning_content": text}

    def close(self, response_id: str | None) -> Piece:
        """Complete the answer; return what is still to be said."""
        calls = self.calls.close(response_id)
        piece = Piece(kwargs=dict(self._kept), calls=calls, media=self._audio.close())
        if self._annotations:
            piece.kwargs["annotations"] = list(self._annotations.values())
        if extras := self.calls.extras():
            piece.kwargs["tool_call_extras"] = extras
        return piece

    def _new_media(self, blocks: list[Block]) -> list[Block]:
        """Return the blocks that were not there before: some services repeat all at the end."""
        new = []
        for block in blocks:
            payload = block.get("base64") or block.get("url")
            if payload in self._shown:
                continue
            if payload:
                self._shown.add(payload)
            # Without an index of its own LangChain would merge it into its neighbour.
            new.append({**block, "index": f"{MEDIA_INDEX}_{self._media}"})
            self._media += 1
        return new

    def _entries(self, delta: Delta) -> list[Any]:
        if delta.calls:
            return delta.calls
        if self.calls and not self._legacy:
            return []  # the same call once more, in the older form
        self._legacy = True
        return [{"function": delta.legacy_call}]
