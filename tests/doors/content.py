"""Reads content into the neutral form that stands between many dialects and several schemas."""

from __future__ import annotations

# Each dialect must become the same, whatever schema it is written in afterwards.
from langchain_aimlapi._messages.content import decode_text, read_block, read_content
from langchain_aimlapi._messages.parts import (
    Audio,
    ContentProblem,
    File,
    Image,
    Raw,
    RedactedThinking,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Video,
)

__all__ = [
    "Audio",
    "ContentProblem",
    "File",
    "Image",
    "Raw",
    "RedactedThinking",
    "Text",
    "Thinking",
    "ToolResult",
    "ToolUse",
    "Video",
    "decode_text",
    "read_block",
    "read_content",
]
