"""Reasoning that an answer starts with, as `<think>...</think>` in its text.

Whose answers do so is a fact of the vendor (`data.vendors`). An answer of MiniMax in the service's
own documents is `<think>`, a line break, the reasoning, a line break, `</think>`, an empty line and
the text. What is between the tags is reasoning, as it is; white space behind them is dropped.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi.data.vendors import vendor_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_START, _END = "<think>", "</think>"
_SOURCE = "content"
"""Where the reasoning was found, beside the fields that may hold it as well."""


class _At(Enum):
    """Where in the answer the text is."""

    START = auto()  # white space, or a part of the first tag, at most
    THOUGHT = auto()
    GAP = auto()  # white space behind the last tag
    TEXT = auto()


class ThinkTags:
    """Takes the reasoning out of the text of one answer; tags may be cut anywhere."""

    def __init__(self) -> None:
        self._at = _At.START
        self._held = ""  # may be a part of a tag

    def read(self, delta: Delta) -> Iterator[Delta]:
        """Yield a Delta as those that it is, the reasoning in its text apart from the text."""
        thought, delta.text = self._split(delta.text)
        if delta.calls or delta.blocks:
            # Something else begins: what was held back stands in front of it.
            rest = self.close()
            thought, delta.text = thought + rest.reasoning, delta.text + rest.text
        if thought:
            yield Delta(reasoning=thought, source=_SOURCE)
        yield delta

    def close(self) -> Delta:
        """End the text; return what was held back."""
        held, self._held = self._held, ""
        in_thought = self._at is _At.THOUGHT
        self._at = _At.TEXT
        return Delta(reasoning=held, source=_SOURCE) if in_thought else Delta(text=held)

    def _split(self, text: str) -> tuple[str, str]:
        """Return the reasoning and the text in a piece."""
        thought = ""
        text, self._held = self._held + text, ""
        if self._at is _At.START:
            begun = text.lstrip()
            if begun.startswith(_START):
                self._at, text = _At.THOUGHT, begun[len(_START) :]
            elif _START.startswith(begun):
                self._held = text
                return "", ""
            else:
                self._at = _At.TEXT
        if self._at is _At.THOUGHT:
            thought, tag, text = text.partition(_END)
            if tag:
                self._at = _At.GAP
            else:
                cut = thought.rfind("<")
                if cut >= 0 and _END.startswith(thought[cut:]):
                    thought, self._held = thought[:cut], thought[cut:]
        if self._at is _At.GAP:
            text = text.lstrip()
            if text:
                self._at = _At.TEXT
        return thought, text


def think_tags_of(*models: str | None) -> ThinkTags | None:
    """Return what reads the tags of an answer, or None where its text is text.

    Args:
        *models: The ids that are known of the model: that which was asked, that which answered.
    """
    return ThinkTags() if any(model and vendor_of(model).think_tags for model in models) else None
