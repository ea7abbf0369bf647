"""What one event of a stream, or one part of a whole body, adds: the form that every reader makes.

A dialect's `AnswerReader` turns what the wire holds into Deltas, in the order in which things came,
and notes the facts of the answer (ids, finish reason, usage) in the `Metadata` of its state. All
after that is shared: messages, chunks, standard content blocks and protocol events are made of
Deltas in `_answers` alone, so that what is invoked equals what is streamed, whatever the endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Block = dict[str, Any]
"""A content block in LangChain's standard vocabulary.

In `Delta.blocks` it is a piece of one: `text`, `reasoning`, `refusal`, `image`, `audio`, `video`,
`file`, `server_tool_call`, `server_tool_result` or `non_standard` (what fits none of them and must
go back as it came: `{"type": "non_standard", "value": <as sent>}`), and besides

- `"key"`: any hashable, the identity of the block in the answer. Pieces of the same type and key
  are one block, however they interleave, but for the text that is written as a `str`: what comes
  of it behind another block is a block of its own. A piece without a key goes on with the block
  before it, if both are texts (or reasoning, or refusals) without a key, else it is a block of its
  own.
- What grows: `text`, `reasoning`, `refusal`, and of audio `base64` and `transcript` are
  concatenated, `annotations` appended (as sent, or as LangChain's citations; one that is sent
  twice counts once).
- All else (`id`, `extras` by its keys, ...) counts once: the first that is sent, in any piece.
"""


@dataclass(slots=True)
class Delta:
    """What a message or a delta brings.

    The fields of one Delta have an order of their own: reasoning and refusal, `text`, `blocks`,
    `calls`. Where the order of the wire is another, it takes several Deltas.

    Attributes:
        text: Text of the answer, from a field beside which nothing has a place.
        reasoning: Text of the reasoning; once, though it may be sent in several places. It is
            `reasoning_content` of the message; reasoning that has a place belongs in `blocks`.
        source: Where the reasoning was found.
        details: Reasoning in pieces that carry signatures or are encrypted, as
            `reasoning_details` of OpenRouter's form.
        refusal: Text of a refusal.
        annotations: Annotations of the text, as sent.
        blocks: Pieces of content in their order; see `Block`. As long as an answer is one text,
            the content of its message is a `str`; with anything more it is a list.
        calls: Entries of `tool_calls`, in OpenAI's form. If content follows that has a place, the
            place of the call is marked in the content by an empty `tool_use` block of its id.
        additional_kwargs: Fields that LangChain has no place for, as sent.
    """

    text: str = ""
    reasoning: str = ""
    source: str = ""
    details: Sequence[Block] = ()
    refusal: str = ""
    annotations: Sequence[Block] = ()
    blocks: Sequence[Block] = ()
    calls: Sequence[Any] = ()
    additional_kwargs: Mapping[str, Any] | None = None
