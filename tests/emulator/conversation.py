"""A validated body, of either schema, read into one neutral form that answers are made from."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .ids import digest_of
from .rules import split_data_url

if TYPE_CHECKING:
    from .models import Model
    from .prefix_cache import CachedTokens

Body = dict[str, Any]


@dataclass
class Attachment:
    """An image, a file, a sound or a film, described in words."""

    kind: str
    form: str
    size: int | None
    link: str | None = None

    def __str__(self) -> str:
        article = "an" if self.kind[0] in "aeiou" else "a"
        where = f"at {self.link}" if self.link else f"({self.form}, {self.size} bytes)"
        return f"{article} {self.kind} {where}"

    @property
    def tokens(self) -> int:
        """What it costs: a flat price, and for sounds one by length."""
        if self.kind == "audio clip":
            return 10 + (self.size or 0) // 3200
        return {"image": 85, "file": 120, "video": 258}[self.kind]


@dataclass
class Call:
    """A tool call of an earlier turn, or of the answer."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass
class Result:
    """What a tool gave back."""

    call_id: str
    text: str
    failed: bool = False
    attachments: list[Attachment] = field(default_factory=list)
    name: str = "tool"


@dataclass
class Turn:
    """A turn of the user (tool results among them) or of the assistant."""

    role: str
    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)


@dataclass
class Tool:
    """A tool that the user offers."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass
class Ask:
    """Everything that an answer depends on."""

    model: Model
    digest: str
    turns: list[Turn]
    system: str = ""
    tools: list[Tool] = field(default_factory=list)
    choice: str = "auto"
    """`auto`, `none`, `required`, or `tool:` and a name."""
    parallel: bool = True
    format: dict[str, Any] | None = None
    """None for text, else the JSON schema; an empty one for any JSON object."""
    stop: list[str] = field(default_factory=list)
    max_tokens: int | None = None
    stream: bool = False
    include_usage: bool = True
    thinks: bool = False
    searches: bool = False
    speaks: str | None = None
    """The format of the sound to answer with."""
    cached: CachedTokens | None = None
    """What Claude's cache has of the prompt; None where nothing is marked."""
    tool_text: str = ""

    @property
    def last(self) -> int:
        """Index of the last turn of the user that holds text."""
        with_text = [n for n, t in enumerate(self.turns) if t.role == "user" and _says(t)]
        return with_text[-1] if with_text else 0

    @property
    def prompt(self) -> str:
        """The last text of the user."""
        spoken = (t.texts for t in reversed(self.turns) if t.role == "user" and t.texts)
        return " ".join(next(spoken, []))

    @property
    def results(self) -> list[Result]:
        """Tool results that the user's last words are still waiting for an answer to."""
        return [result for turn in self.turns[self.last :] for result in turn.results]

    @property
    def called(self) -> list[str]:
        """Names of the tools that were called since the user spoke last."""
        start = self.last - 1 if self.turns[self.last].results else self.last
        return [call.name for turn in self.turns[max(start, 0) :] for call in turn.calls]


def _says(turn: Turn) -> bool:
    return bool(any(turn.texts) or turn.attachments)


def read(body: Body, model: Model, *, claude_messages: bool) -> Ask:
    """Read a valid body."""
    ask = Ask(model=model, digest=digest_of(body), turns=[])
    (_read_claude if claude_messages else _read_openai)(body, ask)
    _name_results(ask)
    ask.stream = bool(body.get("stream"))
    ask.max_tokens = body.get("max_tokens") or body.get("max_completion_tokens")
    # Some models always search, others where they are asked to.
    ask.searches = model.searches or bool(body.get("web_search_options"))
    tools = [without_mark(tool) for tool in body.get("tools") or ()]
    ask.tool_text = json.dumps(tools, ensure_ascii=False)
    thinking = (body.get("thinking") or {}).get("type", "disabled")
    excluded = (body.get("reasoning") or {}).get("exclude")
    ask.thinks = model.reasoning == "shown" and not excluded
    ask.thinks |= model.reasoning == "asked" and thinking != "disabled"
    return ask


def without_mark(block: Body) -> Body:
    """Return a block as the model reads it: marks for the cache are not part of the prompt."""
    return {name: value for name, value in block.items() if name != "cache_control"}


def _name_results(ask: Ask) -> None:
    names = {call.id: call.name for turn in ask.turns for call in turn.calls}
    for turn in ask.turns:
        for result in turn.results:
            result.name = names.get(result.call_id, result.name)


def _size(data: str) -> int:
    return len(base64.b64decode(data))


def _plain(content: Any) -> list[str]:
    """Return the texts of a content, a string or a list of parts."""
    if isinstance(content, str):
        return [content] if content else []
    return [said for part in content or () if (said := part.get("text") or part.get("refusal"))]


def _attachments(content: Any) -> list[Attachment]:
    """Return what is attached to a content, in the parts of any endpoint."""
    parts = content if isinstance(content, list) else []
    return [found for part in parts if (found := _attachment(part)) is not None]


def _attachment(part: Body) -> Attachment | None:
    kind = part["type"]
    if kind == "input_audio":
        sound = part[kind]
        return Attachment("audio clip", sound["format"], _size(sound["data"]))
    if kind in {"image", "document"}:
        return _source("file" if kind == "document" else "image", part["source"])
    if kind in {"image_url", "video_url"}:
        return _linked(kind.removesuffix("_url"), part[kind]["url"])
    if kind == "input_image":
        return _linked("image", part["image_url"])
    file = {"file": part.get("file"), "input_file": part}.get(kind)
    return _linked("file", file["file_data"], file.get("filename", "")) if file else None


def _linked(word: str, url: str, form: str = "") -> Attachment:
    """Return what a URL leads to, or a data URL, or base64, holds."""
    inline = split_data_url(url)
    if inline is None and url.startswith("http"):
        return Attachment(word, "", None, url)
    media_type, data = inline or ("application/pdf", url)
    return Attachment(word, form or media_type, _size(data))


def _source(word: str, source: Body) -> Attachment:
    if source["type"] == "url":
        return Attachment(word, "", None, source["url"])
    if source["type"] == "text":
        return Attachment(word, "text/plain", len(source["data"].encode()))
    return Attachment(word, source["media_type"], _size(source["data"]))


# --- the OpenAI-style body ---


def _read_openai(body: Body, ask: Ask) -> None:
    system: list[str] = []
    for message in body["messages"]:
        role, content = message["role"], message.get("content")
        if role in {"system", "developer"}:
            system += _plain(content)
            continue
        speaker = "assistant" if role == "assistant" else "user"
        turn = Turn(speaker)
        if role == "tool":
            text = " ".join(_plain(content))
            # The schema has no field for a failed call; tools say so in their text.
            failed = text.lower().startswith("error")
            turn.results.append(Result(message["tool_call_id"], text, failed))
        else:
            turn.texts = _plain(content)
            turn.attachments = _attachments(content)
        for call in message.get("tool_calls") or ():
            function = call["function"]
            turn.calls.append(Call(call["id"], function["name"], json.loads(function["arguments"])))
        ask.turns.append(turn)
    ask.system = "\n".join(_plain(body.get("system")) or system)
    for tool in body.get("tools") or ():
        function = tool["function"]
        schema = function.get("parameters") or {}
        ask.tools.append(Tool(function["name"], function.get("description", ""), schema))
    _openai_choice(body.get("tool_choice"), ask)
    ask.parallel = body.get("parallel_tool_calls", True)
    ask.format = _openai_format(body.get("response_format"))
    stop = body.get("stop") or body.get("stop_sequences") or []
    ask.stop = [stop] if isinstance(stop, str) else list(stop)
    options = body.get("stream_options") or {}
    # Models of OpenAI count only when asked; the others always do.
    ask.include_usage = options.get("include_usage", ask.model.style != "openai")
    if "audio" in (body.get("modalities") or ()):
        ask.speaks = (body.get("audio") or {}).get("format", "wav")


def _openai_choice(choice: Any, ask: Ask) -> None:
    if isinstance(choice, str):
        ask.choice = choice
    elif choice:
        ask.choice = f"tool:{choice['function']['name']}"


def _openai_format(value: Body | None) -> dict[str, Any] | None:
    if not value or value["type"] == "text":
        return None
    return value.get("json_schema", {}).get("schema") or {}


# --- the Claude-style body ---


def _described_format(system: str) -> dict[str, Any] | None:
    """Return the JSON schema that the system prompt asks for, as it has no field in this body."""
    _, found, rest = system.partition("JSON schema:")
    with contextlib.suppress(ValueError):
        schema, _ = json.JSONDecoder().raw_decode(rest.strip())
        return schema if found and isinstance(schema, dict) else None
    return None


def _claude_result(block: Body) -> Result:
    content = block.get("content", "")
    result = Result(block["tool_use_id"], " ".join(_plain(content)), block.get("is_error", False))
    result.attachments = _attachments(content)
    return result


def _read_claude(body: Body, ask: Ask) -> None:
    for message in body["messages"]:
        turn = Turn(message["role"])
        content = message["content"]
        blocks = content if isinstance(content, list) else []
        turn.texts = _plain(content)
        turn.attachments = _attachments(content)
        for block in blocks:
            kind = block["type"]
            if kind == "tool_use":
                turn.calls.append(Call(block["id"], block["name"], block["input"]))
            elif kind == "tool_result":
                turn.results.append(_claude_result(block))
            elif kind == "thinking":
                turn.reasoning.append(block["thinking"])
        ask.turns.append(turn)
    ask.system = "\n".join(_plain(body.get("system")))
    ask.format = _described_format(ask.system)
    for tool in body.get("tools") or ():
        if "input_schema" in tool:
            ask.tools.append(Tool(tool["name"], tool.get("description", ""), tool["input_schema"]))
    choice = body.get("tool_choice") or {"type": "auto"}
    ask.choice = {"any": "required"}.get(choice["type"], choice["type"])
    if ask.choice == "tool":
        ask.choice = f"tool:{choice['name']}"
    ask.parallel = not choice.get("disable_parallel_tool_use", False)
    ask.stop = list(body.get("stop_sequences") or ())


# --- the body of responses ---


def items_of(body: Body) -> list[Body]:
    """Return the items of a request."""
    given = body["input"]
    return [{"role": "user", "content": given}] if isinstance(given, str) else list(given)


def read_items(body: Body, model: Model, earlier: list[Body]) -> Ask:
    """Read a valid body, after the items that were stored before it."""
    ask = Ask(model=model, digest=digest_of([body, earlier]), turns=[])
    system = [body["instructions"]] if body.get("instructions") else []
    for item in [*earlier, *items_of(body)]:
        _read_item(item, ask, system)
    _name_results(ask)
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


def _read_item(item: Body, ask: Ask, system: list[str]) -> None:
    kind = item.get("type", "message")
    if kind == "message" and item["role"] in {"system", "developer"}:
        system += _plain(item["content"])
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
        turn.texts = _plain(item["content"])
        turn.attachments = _attachments(item["content"])
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
