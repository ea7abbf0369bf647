"""Token counts without a tokenizer: offline, no downloads, approximate.

No one tokenizer fits models of every vendor, so counts are LangChain's estimate: four characters a
token, a few tokens a message, a flat figure for an image. The provider's own count of a call is
in `usage_metadata` of its answer.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.messages.utils import count_tokens_approximately

from langchain_aimlapi._messages.content import read_content
from langchain_aimlapi._messages.parts import (
    ContentProblem,
    Media,
    Part,
    Raw,
    Text,
    Thought,
    ToolResult,
)
from langchain_aimlapi._messages.tools import normalise_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

TOKENS_PER_PART = {"image": 85, "file": 1500, "audio": 500, "video": 1500}
"""Flat figures, in tokens: LangChain's for an image, a page or two, half a minute of sound, a short
clip.
"""


_DATA = re.compile(r"[A-Za-z0-9+/=_-]{1000,}")
"""The base64 text of a file, inside of a block that has no standard form."""


def approximate_message_tokens(
    messages: Sequence[BaseMessage], tools: Iterable[Any] | None = None
) -> int:
    """Return about how many tokens `messages` and the definitions of `tools` have. Approximate.

    Media count as flat figures, however they are given: the length of their base64 text says
    nothing about tokens.
    """
    plain: list[BaseMessage] = []
    flat = 0
    for message in messages:
        if isinstance(message.content, str):
            plain.append(message)
            continue
        content, tokens = _plain_content(message)
        plain.append(message.model_copy(update={"content": content}))
        flat += tokens
    definitions: list[Any] | None = normalise_tools(tools) if tools else None
    return flat + count_tokens_approximately(plain, tools=definitions)


def _plain_content(message: BaseMessage) -> tuple[str, int]:
    """Return the text of a message, and the tokens of what is no text."""
    try:
        parts = read_content(message.content)
    except ContentProblem:
        return str(message.content), 0
    text = "".join(_TEXTS[type(part)](part) for part in parts if type(part) in _TEXTS)
    text, data = _DATA.subn("", text)
    return text, sum(map(_flat_tokens, parts)) + data * TOKENS_PER_PART["file"]


_TEXTS: Mapping[type[Any], Callable[[Any], str]] = {
    Text: lambda part: part.text,
    Thought: lambda part: part.text + (part.encrypted or ""),
    Media: lambda part: (part.kind == "file" and part.text) or "",
    Raw: lambda part: json.dumps(part.value, default=str),
}


def _flat_tokens(part: Part) -> int:
    if isinstance(part, ToolResult):
        content: Any = part.content
        return approximate_message_tokens([HumanMessage(content=content)])
    if not isinstance(part, Media) or (part.kind == "file" and part.text is not None):
        return 0
    return TOKENS_PER_PART[part.kind]
