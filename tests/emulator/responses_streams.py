"""Answers of `/v1/responses` as server-sent events, in the order that the documents give."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .responses_answers import Response

Json = dict[str, Any]

_STEPS = {
    "web_search_call": ("in_progress", "searching", "completed"),
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "mcp_list_tools": ("in_progress", "completed"),
    "mcp_call": ("in_progress", "completed"),
}
_TERMINAL = {"completed": "completed", "incomplete": "incomplete", "failed": "failed"}


def events(response: Response) -> Iterator[bytes]:
    """Yield the events of an answer, as bytes."""
    for number, event in enumerate(_events(response)):
        written = json.dumps({**event, "sequence_number": number}, ensure_ascii=False)
        yield f"event: {event['type']}\ndata: {written}\n\n".encode()


def _events(response: Response) -> Iterator[Json]:
    started = response.as_json(status="in_progress", output=[], usage=None, error=None)
    started.pop("meta", None)
    started["incomplete_details"] = None
    yield {"type": "response.created", "response": started}
    if response.status == "queued":
        yield {"type": "response.queued", "response": {**started, "status": "queued"}}
    yield {"type": "response.in_progress", "response": started}
    for index, item in enumerate(response.items):
        yield from _item(index, item)
    if response.status == "failed":
        yield {"type": "error", **(response.error or {}), "param": None}
    terminal = _TERMINAL.get(response.status, "completed")
    changes = {"status": "completed"} if response.status == "queued" else {}
    yield {"type": f"response.{terminal}", "response": response.as_json(**changes)}


def _item(index: int, item: Json) -> Iterator[Json]:
    at = {"item_id": item["id"], "output_index": index}
    yield {"type": "response.output_item.added", "output_index": index, "item": _begun(item)}
    kind = item["type"]
    if kind == "message":
        for number, part in enumerate(item["content"]):
            yield from _part({**at, "content_index": number}, part)
    elif kind == "reasoning":
        for number, part in enumerate(item["summary"]):
            yield from _summary({**at, "summary_index": number}, part)
    elif kind == "function_call":
        for piece in re.findall(r".{1,7}", item["arguments"], re.DOTALL):
            yield {"type": "response.function_call_arguments.delta", **at, "delta": piece}
        whole = {"arguments": item["arguments"]}
        yield {"type": "response.function_call_arguments.done", **at, **whole}
    for step in _STEPS.get(kind, ()):
        if step == "interpreting":
            yield {"type": f"response.{kind}_code.delta", **at, "delta": item["code"]}
            yield {"type": f"response.{kind}_code.done", **at, "code": item["code"]}
        yield {"type": f"response.{kind}.{step}", **at}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _begun(item: Json) -> Json:
    begun = dict(item)
    empty = {"content": [], "summary": [], "arguments": "", "code": "", "outputs": None}
    begun |= {name: value for name, value in empty.items() if name in item}
    begun.pop("output", None)
    if "status" in item:
        begun["status"] = "in_progress"
    if begun.get("encrypted_content"):
        # What is sealed at the start is not what is sealed at the end.
        begun["encrypted_content"] = begun["encrypted_content"][:20]
    return begun


def _part(at: Json, part: Json) -> Iterator[Json]:
    if part["type"] == "refusal":
        yield {"type": "response.content_part.added", **at, "part": {**part, "refusal": ""}}
        for piece in re.findall(r"\s*\S+|\s+", part["refusal"]):
            yield {"type": "response.refusal.delta", **at, "delta": piece}
        yield {"type": "response.refusal.done", **at, "refusal": part["refusal"]}
        yield {"type": "response.content_part.done", **at, "part": part}
        return
    begun = {**part, "text": "", "annotations": []}
    yield {"type": "response.content_part.added", **at, "part": begun}
    for piece in re.findall(r"\s*\S+|\s+", part["text"]):
        yield {"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []}
    for number, cited in enumerate(part["annotations"]):
        added = {"annotation_index": number, "annotation": cited}
        yield {"type": "response.output_text.annotation.added", **at, **added}
    done = {"text": part["text"], "logprobs": []}
    yield {"type": "response.output_text.done", **at, **done}
    yield {"type": "response.content_part.done", **at, "part": part}


def _summary(at: Json, part: Json) -> Iterator[Json]:
    begun = {**part, "text": ""}
    yield {"type": "response.reasoning_summary_part.added", **at, "part": begun}
    for piece in re.findall(r"\s*\S+|\s+", part["text"]):
        yield {"type": "response.reasoning_summary_text.delta", **at, "delta": piece}
    yield {"type": "response.reasoning_summary_text.done", **at, "text": part["text"]}
    yield {"type": "response.reasoning_summary_part.done", **at, "part": part}
