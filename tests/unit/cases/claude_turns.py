"""Turns of the Claude-style body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doors.bodies import request_body

if TYPE_CHECKING:
    from langchain_core.messages import (
        BaseMessage,
    )

OLD = "anthropic/claude-sonnet-4"
NEW = "anthropic/claude-sonnet-5"
UNKNOWN = "anthropic/claude-of-next-year"
PNG = "iVBORw0KGgo="
PDF = "JVBERi0xLjQ="
WAV = "UklGRiQAAABXQVZFZm10IA=="
MARK = {"type": "ephemeral", "ttl": "1h"}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}


def body_of(messages: list[BaseMessage], model: str = OLD, **options: Any) -> dict[str, Any]:
    return request_body(messages, model, schema="anthropic", **options)


def turns_of(messages: list[BaseMessage], model: str = OLD, **options: Any) -> Any:
    return body_of(messages, model, **options)["messages"]


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def document(source: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "document", "source": source, **more}


PDF_SOURCE = {"type": "base64", "media_type": "application/pdf", "data": PDF}
