"""Answers of `/v1/responses`: the items that a request gets, and the body around them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from .answers import calculated
from .chat import by_word
from .ids import CREATED, token
from .thoughts import mark_of, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .answers import Answer
    from .conversation import Ask

    Split = Callable[[str], list[str]]

Json = dict[str, Any]

_HEX = "0123456789abcdef"
_COMPUTES = re.compile(r"\b(?:python|code|compute|calculate|run)\b", re.IGNORECASE)
_SUM = re.compile(r"(-?\d+) ?([-+*]) ?(-?\d+)")

# What an answer repeats of its request.
_ECHOED: Json = {
    "instructions": None, "max_output_tokens": None, "previous_response_id": None,
    "temperature": 1.0, "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [],
    "top_p": 1.0, "truncation": "disabled", "metadata": {},
}  # fmt: skip


def whole(made: Answer) -> Json:
    """Return the body of the answer."""
    body, usage = made.ask.body, made.usage
    cut = made.finish == "length"
    details = usage["prompt_tokens_details"], usage["completion_tokens_details"]
    return {
        **{name: body.get(name) or default for name, default in _ECHOED.items()},
        "id": _id(made.ask, "resp", "response", 50),
        "object": "response",
        "created_at": CREATED,
        "status": "incomplete" if cut else "completed",
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "model": made.ask.model.served,
        "output": _items(made),
        "parallel_tool_calls": made.ask.parallel,
        "reasoning": {"effort": None, "summary": None, **(body.get("reasoning") or {})},
        "service_tier": "default",
        "store": bool(body.get("store")),
        "usage": {
            "input_tokens": usage["prompt_tokens"],
            "input_tokens_details": {"cached_tokens": details[0]["cached_tokens"]},
            "output_tokens": usage["completion_tokens"],
            "output_tokens_details": {"reasoning_tokens": details[1]["reasoning_tokens"]},
            "total_tokens": usage["total_tokens"],
        },
        "meta": made.meta,
    }


def _id(ask: Ask, prefix: str, salt: str, length: int = 48) -> str:
    return f"{prefix}_{token(ask.digest, salt, length, _HEX)}"


# --- items ---
def _items(made: Answer) -> list[Json]:
    ask = made.ask
    items = [_reasoning(made)] if ask.model.reasoning == "hidden" else []
    sealed = items[0].get("encrypted_content") if items else None
    if made.links:
        action = {"type": "search", "query": ask.prompt}
        items.append(_item(ask, "web_search_call", "ws", "search", action=action))
    if _computes(ask):
        items.append(_code(ask))
    if made.text:
        cited = [{"type": "url_citation", **link} for link in made.cited()]
        part = {"type": "output_text", "text": made.text, "annotations": cited, "logprobs": []}
        more: Json = {"role": "assistant", "content": [part]}
        more |= {"status": "incomplete"} if made.finish == "length" else {}
        items.append(_item(ask, "message", "msg", "message", **more))
    for index, call in enumerate(made.calls):
        # A mark in the id says that sealed reasoning led to the call.
        name = f"call_R{mark_of(sealed)}{call.id[-13:]}" if sealed else call.id
        arguments = json.dumps(call.arguments, ensure_ascii=False)
        told = {"call_id": name, "name": call.name, "arguments": arguments}
        items.append(_item(ask, "function_call", "fc", f"item{index}", **told))
    return items


def _item(ask: Ask, kind: str, prefix: str, salt: str, **more: Any) -> Json:
    return {"type": kind, "id": _id(ask, prefix, salt), "status": "completed", **more}


def _reasoning(made: Answer) -> Json:
    ask, thought = made.ask, made.reasoning
    item: Json = {"type": "reasoning", "id": _id(ask, "rs", "reasoning"), "summary": []}
    if (ask.body.get("reasoning") or {}).get("summary") and thought:
        # A summary has as many parts as there were steps.
        first, dot, rest = thought.partition('". ')
        steps = [text for text in (first + dot.rstrip(), rest) if text]
        item["summary"] = [{"type": "summary_text", "text": text} for text in steps]
    if "reasoning.encrypted_content" in (ask.body.get("include") or ()):
        item["encrypted_content"] = seal(item["id"])
    return item


def _computes(ask: Ask) -> bool:
    offered = any(tool["type"] == "code_interpreter" for tool in ask.body.get("tools") or ())
    return offered and not ask.results and bool(_COMPUTES.search(ask.prompt))


def _code(ask: Ask) -> Json:
    asked = _SUM.search(ask.prompt) or _SUM.fullmatch("6 * 7")
    shown = "code_interpreter_call.outputs" in (ask.body.get("include") or ())
    logs = [{"type": "logs", "logs": f"{calculated(*asked.groups())}\n"}]
    return _item(
        ask,
        "code_interpreter_call",
        "ci",
        "code",
        code=f"print({asked[0]})",
        container_id=_id(ask, "cntr", "container"),
        outputs=logs if shown else None,
    )


# --- streams ---
_STEPS = {
    "web_search_call": ("in_progress", "searching", "completed"),
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
}


def events(made: Answer) -> Iterator[bytes]:
    """Yield the events of an answer, as bytes."""
    for number, event in enumerate(events_of(whole(made))):
        written = json.dumps({**event, "sequence_number": number}, ensure_ascii=False)
        yield f"event: {event['type']}\ndata: {written}\n\n".encode()


def events_of(response: Json, split: Split = by_word) -> Iterator[Json]:
    """Yield the events of a whole answer, whose texts are cut by `split`."""
    unfinished = {"status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    started = {**response, **unfinished, "meta": None}
    yield {"type": "response.created", "response": started}
    yield {"type": "response.in_progress", "response": started}
    for index, item in enumerate(response["output"]):
        yield from item_events(index, item, split)
    yield {"type": f"response.{response['status']}", "response": response}


# Of what a model writes in pieces: its place in the item, and what no event has before it.
_EMPTY: Json = {
    "content": [], "summary": [], "arguments": "", "input": "", "code": "", "outputs": None,
    "text": "", "refusal": "", "annotations": [],
}  # fmt: skip
_WRITTEN = {"function_call": "arguments", "custom_tool_call": "input"}


def item_events(index: int, item: Json, split: Split = by_word) -> list[Json]:
    """Return the events of one item, from its beginning to its end.

    Args:
        index: Of the item in the output.
        item: As it is in the end.
        split: How its texts are cut.
    """
    added = {"type": "response.output_item.added", "output_index": index, "item": _begun(item)}
    done = {"type": "response.output_item.done", "output_index": index, "item": item}
    return [added, *_pieces(index, item, split), done]


def _begun(item: Json) -> Json:
    begun = _emptied(item)
    begun.pop("output", None)
    if "status" in item:
        begun["status"] = "in_progress"
    if sealed := begun.get("encrypted_content"):
        # What is sealed at the start is not what is sealed at the end.
        begun["encrypted_content"] = sealed[: min(20, len(sealed) // 2)]
    return begun


def _emptied(whole: Json) -> Json:
    return whole | {name: value for name, value in _EMPTY.items() if name in whole}


def _pieces(index: int, item: Json, split: Split) -> Iterator[Json]:
    at = {"item_id": item.get("id"), "output_index": index}

    def of(event: str, **more: Any) -> Json:
        return {"type": f"response.{event}", **at, **more}

    for number, part in enumerate(item.get("content") or ()):
        place = {"content_index": number}
        kind = part["type"]
        field = "refusal" if kind == "refusal" else "text"
        beside = {"logprobs": []} if kind == "output_text" else {}
        yield of("content_part.added", **place, part=_emptied(part))
        if field in part:
            for piece in split(part[field]):
                yield of(f"{kind}.delta", **place, delta=piece, **beside)
            for cited, annotation in enumerate(part.get("annotations", ())):
                more = {"annotation_index": cited, "annotation": annotation}
                yield of("output_text.annotation.added", **place, **more)
            yield of(f"{kind}.done", **place, **{field: part[field]}, **beside)
        yield of("content_part.done", **place, part=part)
    for number, part in enumerate(item.get("summary") or ()):
        place = {"summary_index": number}
        yield of("reasoning_summary_part.added", **place, part=_emptied(part))
        for piece in split(part["text"]):
            yield of("reasoning_summary_text.delta", **place, delta=piece)
        yield of("reasoning_summary_text.done", **place, text=part["text"])
        yield of("reasoning_summary_part.done", **place, part=part)
    kind = item.get("type", "")
    field = _WRITTEN.get(kind, "")
    if isinstance(item.get(field), str):
        for piece in re.findall(r".{1,7}", item[field], re.DOTALL):
            yield of(f"{kind}_{field}.delta", delta=piece)
        yield of(f"{kind}_{field}.done", **{field: item[field]})
    yield from (of(f"{kind}.{step}") for step in _STEPS.get(kind, ()))
