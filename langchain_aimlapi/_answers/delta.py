"""What one message or one event of a stream brings: the form that every endpoint's reader makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Block = dict[str, Any]


@dataclass(slots=True)
class Delta:
    """What a message or a delta brings.

    Attributes:
        text: Text of the answer.
        reasoning: Text of the reasoning; once, though it may be sent in several places.
        source: Where the reasoning was found.
        details: Reasoning in pieces that carry signatures or are encrypted, as
            `reasoning_details` of OpenRouter's form.
        refusal: Text of a refusal.
        media: Images and other parts, as LangChain's standard blocks.
        audio: The `audio` object, as sent.
        annotations: Annotations, as sent.
        calls: Entries of `tool_calls`, as sent.
        legacy_call: The `function_call` of older APIs, as sent.
        kept: Fields of `KEPT`.
        thoughts: The reasoning by the field that it was sent in.
    """

    text: str = ""
    reasoning: str = ""
    source: str = ""
    details: list[Block] = field(default_factory=list)
    refusal: str = ""
    media: list[Block] = field(default_factory=list)
    audio: dict[str, Any] | None = None
    annotations: list[Block] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    legacy_call: dict[str, Any] | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    thoughts: dict[str, str] = field(default_factory=dict)


def text_of_detail(detail: Mapping[str, Any]) -> str:
    """Return the readable text of an entry of `reasoning_details`."""
    text = detail.get("text") or detail.get("summary")
    return text if isinstance(text, str) else ""
