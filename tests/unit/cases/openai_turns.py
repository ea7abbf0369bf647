"""Turns of the OpenAI-style body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doors.bodies import request_body

if TYPE_CHECKING:
    from langchain_core.messages import (
        BaseMessage,
    )

UNKNOWN = "vendor/model-of-next-year"
PNG = "iVBORw0KGgo="
PDF = "JVBERi0xLjQ="
WAV = "UklGRiQAAABXQVZFZm10IA=="
MARK = {"type": "ephemeral"}
SIGNATURE = {"google": {"thought_signature": "c2ln"}}


def body_of(messages: list[BaseMessage], model: str = UNKNOWN, **options: Any) -> dict[str, Any]:
    return request_body(messages, model, schema="openai", **options)


def turns_of(messages: list[BaseMessage], model: str = UNKNOWN, **options: Any) -> Any:
    return body_of(messages, model, **options)["messages"]
