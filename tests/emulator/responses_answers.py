"""Answers of `/v1/responses`: the items that a request gets, and the body around them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .answers import Answer, answer
from .ids import CREATED, token
from .streams import by_word
from .usage import cost, count
from .validation import mark_of, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conversation import Ask

Json = dict[str, Any]

_HEX = "0123456789abcdef"
_SEARCHES = re.compile(r"\b(?:search|news|latest|today|web)\b", re.IGNORECASE)
_COMPUTES = re.compile(r"\b(?:python|code|compute|calculate|run)\b", re.IGNORECASE)
_SUM = re.compile(r"-?\d+ ?[-+*] ?-?\d+")
_MCP_TOOL = {
    "name": "ask_question",
    "description": "Ask about a repository.",
    "input_schema": {
        "type": "object",
        "properties": {"question": {"type": "string"}},
        "required": ["question"],
    },
    "annotations": None,
}


@dataclass
class Response:
    """One request and its answer."""

    body: Json
    ask: Ask
    items: list[Json]
    meta: Json
    usage: Json
    cut: bool
    """Whether the limit of tokens ended it."""

    @property
    def id(self) -> str:
        return f"resp_{token(self.ask.digest, 'response', 50, _HEX)}"

    @property
    def status(self) -> str:
        return "incomplete" if self.cut else "completed"

    def as_json(self, **changes: Any) -> Json:
        """Return the body of the answer."""
        body = self.body
        shown: Json = {
            "id": self.id,
            "object": "response",
            "created_at": CREATED,
            "status": self.status,
            "background": False,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if self.cut else None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "model": self.ask.model.served,
            "output": self.items,
            "parallel_tool_calls": self.ask.parallel,
            "previous_response_id": body.get("previous_response_id"),
            "reasoning": {"effort": None, "summary": None, **(body.get("reasoning") or {})},
            "service_tier": "default",
            "store": bool(body.get("store")),
            "temperature": body.get("temperature", 1.0),
            "text": body.get("text") or {"format": {"type": "text"}},
            "tool_choice": body.get("tool_choice", "auto"),
            "tools": body.get("tools") or [],
            "top_p": body.get("top_p", 1.0),
            "truncation": "disabled",
            "usage": self.usage,
            "metadata": {},
            "meta": self.meta,
        }
        return shown | changes


def respond(ask: Ask, body: Json, earlier: list[Json]) -> Response:
    """Return the answer to a request."""
    server = _server_items(ask, body, earlier)
    ask.searches = any(item["type"] == "web_search_call" for item in server)
    waits = bool(server) and server[-1]["type"] == "mcp_approval_request"
    made = Answer() if waits else answer(ask)
    reasons = ask.model.reasoning == "hidden"
    items = [*([_reasoning(ask, body, made)] if reasons else []), *server]
    sealed = next((item.get("encrypted_content") for item in items), None)
    if made.text:
        items.append(_message(ask, made))
    for index, call in enumerate(made.calls):
        arguments = json.dumps(call.arguments, ensure_ascii=False)
        of_call = {"call_id": _call_id(call.id, sealed), "name": call.name}
        done = {"status": "completed", "arguments": arguments}
        items.append(
            {"type": "function_call", "id": _id(ask, "fc", f"item{index}"), **done, **of_call}
        )
    counted = count(ask, made)
    meta = {"usage": cost(ask, counted)}
    return Response(body, ask, items, meta, _usage(counted), cut=made.finish == "length")


def _id(ask: Ask, prefix: str, salt: str) -> str:
    return f"{prefix}_{token(ask.digest, salt, 48, _HEX)}"


def _usage(counted: Json) -> Json:
    cached = {"cached_tokens": counted["prompt_tokens_details"]["cached_tokens"]}
    thought = {"reasoning_tokens": counted["completion_tokens_details"]["reasoning_tokens"]}
    return {
        "input_tokens": counted["prompt_tokens"],
        "input_tokens_details": cached,
        "output_tokens": counted["completion_tokens"],
        "output_tokens_details": thought,
        "total_tokens": counted["total_tokens"],
    }


def _call_id(name: str, sealed: str | None) -> str:
    """Return the id of a call; with a mark in it where sealed reasoning led to it."""
    return f"call_R{mark_of(sealed)}{name[-13:]}" if sealed else name


def _reasoning(ask: Ask, body: Json, made: Answer) -> Json:
    name = _id(ask, "rs", "reasoning")
    item: Json = {"type": "reasoning", "id": name, "summary": []}
    if (body.get("reasoning") or {}).get("summary") and made.reasoning:
        # A summary has as many parts as there were steps.
        first, dot, rest = made.reasoning.partition('". ')
        item["summary"] = [
            {"type": "summary_text", "text": text} for text in (first + dot.rstrip(), rest) if text
        ]
    if "reasoning.encrypted_content" in (body.get("include") or ()):
        item["encrypted_content"] = seal(name)
    return item


def _message(ask: Ask, made: Answer) -> Json:
    cited = []
    for number, (title, url) in enumerate(made.links, 1):
        at = made.text.find(f"[{number}]")
        if at >= 0:
            place = {"start_index": at, "end_index": at + 3}
            cited.append({"type": "url_citation", "url": url, "title": title, **place})
    part = {"type": "output_text", "text": made.text, "annotations": cited, "logprobs": []}
    return {
        "type": "message",
        "id": _id(ask, "msg", "message"),
        "status": "incomplete" if made.finish == "length" else "completed",
        "role": "assistant",
        "content": [part],
    }


# --- tools that the service runs itself ---
def _server_items(ask: Ask, body: Json, earlier: list[Json]) -> list[Json]:
    tools = {tool["type"]: tool for tool in body.get("tools") or ()}
    choice = body.get("tool_choice")
    forced = choice["type"] if isinstance(choice, dict) else ""
    if ask.results or choice == "none":
        return []
    items: list[Json] = []
    search = next((kind for kind in tools if kind.startswith("web_search")), "")
    if search and (forced == search or _SEARCHES.search(ask.prompt)):
        item = {"type": "web_search_call", "id": _id(ask, "ws", "search"), "status": "completed"}
        items.append({**item, "action": {"type": "search", "query": ask.prompt}})
    runs = "code_interpreter" in tools
    if runs and (forced == "code_interpreter" or _COMPUTES.search(ask.prompt)):
        items.append(_code(ask, body))
    if "mcp" in tools:
        given = body["input"]
        items_so_far = [*earlier, *(given if isinstance(given, list) else ())]
        items += _mcp(ask, tools["mcp"], items_so_far)
    return items


def _code(ask: Ask, body: Json) -> Json:
    found = _SUM.search(ask.prompt)
    asked = found[0] if found else "6 * 7"
    a, sign, b = re.fullmatch(r"(-?\d+) ?([-+*]) ?(-?\d+)", asked).groups()  # type: ignore[union-attr]  # the pattern above
    value = int(a) + int(b) if sign == "+" else int(a) - int(b) if sign == "-" else int(a) * int(b)
    shown = "code_interpreter_call.outputs" in (body.get("include") or ())
    return {
        "type": "code_interpreter_call",
        "id": _id(ask, "ci", "code"),
        "status": "completed",
        "code": f"print({asked})",
        "container_id": _id(ask, "cntr", "container"),
        "outputs": [{"type": "logs", "logs": f"{value}\n"}] if shown else None,
    }


def _mcp(ask: Ask, tool: Json, items_so_far: list[Json]) -> list[Json]:
    label = tool["server_label"]
    items: list[Json] = []
    if not any(item.get("type") == "mcp_list_tools" for item in items_so_far):
        listed = {"type": "mcp_list_tools", "id": _id(ask, "mcpl", "list")}
        items.append({**listed, "server_label": label, "tools": [_MCP_TOOL]})
    name = _id(ask, "mcp", "mcp")
    arguments = json.dumps({"question": ask.prompt}, ensure_ascii=False)
    call = {"arguments": arguments, "name": _MCP_TOOL["name"], "server_label": label}
    answers = [item for item in items_so_far if item.get("type") == "mcp_approval_response"]
    if not answers and tool.get("require_approval") != "never":
        asked = {"type": "mcp_approval_request", "id": name.replace("mcp_", "mcpr_", 1)}
        return [*items, {**asked, **call}]
    if answers and not answers[-1]["approve"]:
        return items
    output = f"{label} says: it is well documented."
    return [*items, {"type": "mcp_call", "id": name, **call, "error": None, "output": output}]


_STEPS = {
    "web_search_call": ("in_progress", "searching", "completed"),
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "mcp_list_tools": ("in_progress", "completed"),
    "mcp_call": ("in_progress", "completed"),
}


def events(response: Response) -> Iterator[bytes]:
    """Yield the events of an answer, as bytes."""
    for number, event in enumerate(_events(response)):
        written = json.dumps({**event, "sequence_number": number}, ensure_ascii=False)
        yield f"event: {event['type']}\ndata: {written}\n\n".encode()


def _events(response: Response) -> Iterator[Json]:
    unfinished = {"status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    started = response.as_json(**unfinished)
    started.pop("meta")
    yield {"type": "response.created", "response": started}
    yield {"type": "response.in_progress", "response": started}
    for index, item in enumerate(response.items):
        yield from item_events(index, item)
    yield {"type": f"response.{response.status}", "response": response.as_json()}


# Of what a model writes in pieces: its place in the item, and what no event has before it.
_EMPTY: Json = {
    "content": [], "summary": [], "arguments": "", "input": "", "code": "", "outputs": None,
    "text": "", "refusal": "", "annotations": [],
}  # fmt: skip
_WRITTEN = {"function_call": "arguments", "custom_tool_call": "input"}


def item_events(index: int, item: Json, split: Callable[[str], list[str]] = by_word) -> list[Json]:
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
    if begun.get("encrypted_content"):
        # What is sealed at the start is not what is sealed at the end.
        sealed = begun["encrypted_content"]
        begun["encrypted_content"] = sealed[: min(20, len(sealed) // 2)]
    return begun


def _emptied(whole: Json) -> Json:
    return whole | {name: value for name, value in _EMPTY.items() if name in whole}


def _pieces(index: int, item: Json, split: Callable[[str], list[str]]) -> Iterator[Json]:
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
