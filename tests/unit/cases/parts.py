"""Messages and blocks of which the conversations are made, in few words."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

MARK = {"type": "ephemeral"}
URL = "https://x.io/a.png"
IMAGE = {"type": "image", "url": URL}
PIXELS = {"type": "image", "base64": "AAAA"}
PDF = {"type": "file", "base64": "AAAA", "mime_type": "application/pdf", "filename": "n.pdf"}
AUDIO = {"type": "audio", "base64": "AAAA"}
OURS = {"model_provider": "aimlapi", "model_name": "x", "endpoint": "chat/completions"}
RESPONSES = {**OURS, "endpoint": "responses", "id": "resp_1"}
MESSAGES = {**OURS, "endpoint": "messages"}
GOOGLES = {"model_provider": "google_genai"}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def user(*blocks: Any) -> HumanMessage:
    return HumanMessage(list(blocks))


def answer(*blocks: Any, **more: Any) -> AIMessage:
    return AIMessage(list(blocks), **more)


def call(id_: Any, name: str = "f", **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": id_, "type": "tool_call"}


def called(*calls: dict[str, Any], content: Any = "", **more: Any) -> AIMessage:
    return AIMessage(content, tool_calls=list(calls), **more)


def result(id_: str, *content: Any, **more: Any) -> ToolMessage:
    blocks: Any = list(content)
    return ToolMessage(
        content[0] if len(content) == 1 and isinstance(content[0], str) else blocks,
        tool_call_id=id_,
        **more,
    )


def wrapped(value: Any) -> dict[str, Any]:
    return {"type": "non_standard", "value": value}


def thought(words: str, signature: str | None = None, **more: Any) -> dict[str, Any]:
    block = {"type": "reasoning", "reasoning": words, **more}
    return block if signature is None else {**block, "extras": {"signature": signature}}


HI = HumanMessage("Hi")
GO_ON = HumanMessage("Go on")
SEALED = thought("Hm.", id="rs_1", extras={"encrypted_content": "c2Vh"})
