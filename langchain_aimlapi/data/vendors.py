"""What the models of a vendor need beyond their documents.

One row a vendor, with its source. A vendor that needs nothing has no row.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Vendor(NamedTuple):
    """The habits of one vendor's models.

    Attributes:
        name: The vendor; `""` if the id names none that is known.
        models: Matches the lower-case ids of its models.
        reasoning_back: Matches those whose service answers 400 when an assistant turn with tool
            calls comes back without its `reasoning_content`; None where none does.
        think_tags: Whether answers start with `<think>...</think>` in place of
            `reasoning_content`.
        call_ids: What the ids of tool calls have to match on chat/completions.
        extra_content: Whether `extra_content` of a call or message is taken back.
    """

    name: str
    models: re.Pattern[str]
    reasoning_back: re.Pattern[str] | None = None
    think_tags: bool = False
    call_ids: re.Pattern[str] | None = None
    extra_content: bool = False


CLAUDE_CALL_IDS = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""Ids of calls in the Claude schema: "tool_use.id: String should match pattern
'^[a-zA-Z0-9_-]+$'"; the length is that of names."""
RESPONSES_CALL_IDS = re.compile(r".{1,64}", re.DOTALL)
"""Ids of calls on `/responses`: "string too long. Expected a string with maximum length 64"."""

_VENDORS = (
    # "Invalid 'messages[10].tool_calls[0].id': string too long. Expected a string with maximum
    # length 40" (github.com/agno-agi/agno/issues/5382).
    Vendor(
        "openai",
        re.compile(r"^openai/|^(chat)?gpt-|^o[134](-|$)"),
        call_ids=re.compile(r".{1,40}", re.DOTALL),
    ),
    Vendor("anthropic", re.compile(r"claude"), call_ids=CLAUDE_CALL_IDS),
    # "Tool call id was abc123 but must be a-z, A-Z, 0-9, with a length of 9"
    # (github.com/langchain-ai/langchain/pull/24668).
    Vendor(
        "mistral",
        re.compile(r"^mistral(ai)?/|^(open-)?(mistral|mixtral|ministral|codestral|devstral)"),
        call_ids=re.compile(r"[a-zA-Z0-9]{9}"),
    ),
    # `extra_content.google.thought_signature` comes with calls of Gemini and is wanted back:
    # the service's own documents of these models.
    Vendor("google", re.compile(r"gemini|^google/"), extra_content=True),
    # "Missing `reasoning_content` field in the assistant message": api-docs.deepseek.com,
    # guides/thinking_mode#tool-calls, from V3.2 on. R1 refuses the field instead.
    Vendor(
        "deepseek",
        re.compile(r"deepseek"),
        reasoning_back=re.compile(
            r"deepseek-(chat|reasoner|flash)$|deepseek(-[a-z-]+)?-v(3[.-]2|[4-9])"
        ),
    ),
    # "thinking is enabled but reasoning_content is missing in assistant tool call message"
    # (github.com/bytedance/deer-flow/issues/3043).
    Vendor("moonshot", re.compile(r"kimi|^moonshot"), reasoning_back=re.compile(r"kimi")),
    # docs.z.ai, guides/capabilities/thinking-mode, "interleaved thinking".
    Vendor("zhipu", re.compile(r"(^|/)glm-"), reasoning_back=re.compile(r"glm-")),
    # platform.minimax.io, guides/text-m2-function-call. Its published answers on this service
    # begin with `<think>`.
    Vendor(
        "minimax",
        re.compile(r"minimax"),
        reasoning_back=re.compile(r"minimax"),
        think_tags=True,
    ),
    # Without habits of their own; known so that nothing that they made goes to another vendor.
    Vendor(
        "others",
        re.compile(r"qwen|qwq|qvq|grok|llama|ernie|nemotron|command-|sonar|mimo|nova|seed|step-"),
    ),
)
_UNKNOWN = Vendor("", re.compile(r""))


@lru_cache(maxsize=2048)
def vendor_of(model: str) -> Vendor:
    """Return the vendor of a model, by its id."""
    name = model.lower()
    return next((vendor for vendor in _VENDORS if vendor.models.search(name)), _UNKNOWN)
