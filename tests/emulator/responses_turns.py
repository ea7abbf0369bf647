"""The items of a valid body, read into the neutral form that answers are made from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .conversation import Ask, Attachment, Call, Result, Tool, Turn
from .ids import digest_of
from .rules import split_data_url

if TYPE_CHECKING:
    from .responses_models import Documented

Json = dict[str, Any]


def read(body: Json, documented: Documented, earlier: list[Json]) -> Ask:
    """Read a valid body, after the items that were stored before it."""
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    ask = Ask(model=documented.model, digest=digest_of([body, earlier]), turns=[])
    system = [body["instructions"]] if body.get("instructions") else []
    for item in [*earlier, *items]:
        _read_item(item, ask, system)
    names = {call.id: call.name for turn in ask.turns for call in turn.calls}
    for turn in ask.turns:
        for result in turn.results:
            result.name = names.get(result.call_id, result.name)
    ask.system = "\n".join(system)
    tools = body.get("tools") or []
    ask.tools = [
        Tool(tool["name"], tool.get("description", ""), tool["parameters"])
        for tool in tools
        if tool["type"] == "function"
    ]
    ask.tool_text = json.dumps(tools, ensure_ascii=False)
    choice = body.get("tool_choice") or "auto"
    if isinstance(choice, dict):
        choice = f"tool:{choice['name']}" if choice["type"] == "function" else "auto"
    ask.choice = choice
    ask.parallel = body.get("parallel_tool_calls") is not False
    format_ = (body.get("text") or {}).get("format") or {"type": "text"}
    if format_["type"] != "text":
        ask.format = format_.get("schema") or {}
    ask.stream = bool(body.get("stream"))
    ask.max_tokens = body.get("max_output_tokens")
    return ask


def _read_item(item: Json, ask: Ask, system: list[str]) -> None:
    kind = item.get("type", "message")
    if kind == "message" and item["role"] in {"system", "developer"}:
        system += _texts(item["content"])
        return
    if kind == "function_call":
        turn = Turn("assistant")
        arguments = json.loads(item["arguments"] or "{}")
        turn.calls.append(Call(item["call_id"], item["name"], arguments))
    elif kind == "function_call_output":
        turn = Turn("user")
        output = item["output"]
        failed = output.lower().startswith("error")
        turn.results.append(Result(item["call_id"], output, failed))
    elif kind == "message":
        turn = Turn("assistant" if item["role"] == "assistant" else "user")
        turn.texts = _texts(item["content"])
        parts = item["content"] if isinstance(item["content"], list) else []
        turn.attachments = [found for part in parts if (found := _attachment(part))]
        if _shows_results(turn, ask):
            # Media of a tool, which follow its result in a turn of the user.
            ask.turns[-1].results[-1].attachments += turn.attachments
            return
    else:
        return
    ask.turns.append(turn)


def _shows_results(turn: Turn, ask: Ask) -> bool:
    says = bool(turn.texts) and turn.texts[0].startswith("Returned by the tool call ")
    return says and bool(ask.turns and ask.turns[-1].results)


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content] if content else []
    return [text for part in content if (text := part.get("text") or part.get("refusal"))]


def _attachment(part: Json) -> Attachment | None:
    kind = part["type"]
    url = part.get("image_url") if kind == "input_image" else part.get("file_data")
    if kind not in {"input_image", "input_file"} or url is None:
        return None
    word = "image" if kind == "input_image" else "file"
    inline = split_data_url(url)
    if inline is None:
        return Attachment(word, "", None, url)
    form = part.get("filename", inline[0]) if word == "file" else inline[0]
    return Attachment(word, form, len(inline[1]) * 3 // 4)
