"""A valid body, of any schema, read into one neutral form that answers are made from."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .ids import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .models import Model
    from .prefix_cache import CachedTokens

Body = dict[str, Any]


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
    failed: bool
    attachments: list[str] = field(default_factory=list)
    name: str = "tool"


@dataclass
class Turn:
    """A turn of the user (tool results among them) or of the assistant."""

    role: str
    texts: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    """Such as "an image"."""
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
    body: Body
    digest: str
    turns: list[Turn]
    system: str
    tools: list[Tool]
    tool_text: str
    choice: str
    """`auto`, `none`, `required`, or `tool:` and a name."""
    parallel: bool
    format: dict[str, Any] | None
    """None for text, else the JSON schema; an empty one for any JSON object."""
    stop: list[str]
    max_tokens: int | None
    thinks: bool
    searches: bool
    speaks: bool
    """Whether the answer is a sound."""
    cached: CachedTokens | None = None
    """What Claude's cache has of the prompt; None where nothing is marked."""
    earlier: Sequence[Body] = ()
    """Items of `/v1/responses` that were stored before."""

    @property
    def last(self) -> int:
        """Index of the last turn of the user that holds text."""
        spoken = [n for n, turn in enumerate(self.turns) if turn.role == "user" and _says(turn)]
        return spoken[-1] if spoken else 0

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


# --- a body ---
def read(body: Body, model: Model, earlier: Sequence[Body] = ()) -> Ask:
    """Read a valid body of any schema, after the items that were stored before it."""
    system = [*_texts(body.get("system")), *_texts(body.get("instructions"))]
    turns: list[Turn] = []
    for item in [*earlier, *(body["messages"] if "messages" in body else items_of(body))]:
        if item.get("role") in {"system", "developer"}:
            system += _texts(item["content"])
        elif item.get("type", "message") in _TURNS:
            _add(turns, _turn(item))
    tools = body.get("tools") or []
    thinking = (body.get("thinking") or {}).get("type", "disabled")
    excluded = (body.get("reasoning") or {}).get("exclude")
    stop = body.get("stop") or body.get("stop_sequences") or []
    limits = ("max_tokens", "max_completion_tokens", "max_output_tokens")
    choice, parallel = _choice(body)
    return Ask(
        model=model,
        body=body,
        digest=digest_of([body, earlier] if "input" in body else body),
        turns=turns,
        system="\n".join(system),
        tools=[_tool(tool) for tool in tools if tool.get("type", "custom") in _OWN_TOOLS],
        tool_text=json.dumps([without_mark(tool) for tool in tools], ensure_ascii=False),
        choice=choice,
        parallel=parallel,
        format=_format(body, "\n".join(system)),
        stop=[stop] if isinstance(stop, str) else list(stop),
        max_tokens=next((body[name] for name in limits if body.get(name)), None),
        thinks=(model.reasoning == "shown" and not excluded)
        or (model.reasoning == "asked" and thinking != "disabled"),
        # Some models always search, others where they are asked to.
        searches=model.searches or bool(body.get("web_search_options")),
        speaks="audio" in (body.get("modalities") or ()),
        earlier=earlier,
    )


_TURNS = {"message", "function_call", "function_call_output"}
_OWN_TOOLS = {"function", "custom"}


def items_of(body: Body) -> list[Body]:
    """Return the items of a request of `/v1/responses`."""
    given = body["input"]
    return [{"role": "user", "content": given}] if isinstance(given, str) else list(given)


def without_mark(block: Body) -> Body:
    """Return a block as the model reads it: marks for the cache are not part of the prompt."""
    return {name: value for name, value in block.items() if name != "cache_control"}


def _tool(tool: Body) -> Tool:
    function = tool.get("function", tool)
    schema = function.get("parameters") or function.get("input_schema") or {}
    return Tool(function["name"], function.get("description", ""), schema)


def _choice(body: Body) -> tuple[str, bool]:
    """Return which tools are wanted, and whether several at once."""
    choice = body.get("tool_choice") or "auto"
    parallel = body.get("parallel_tool_calls") is not False
    if isinstance(choice, str):
        return choice, parallel
    parallel = parallel and not choice.get("disable_parallel_tool_use")
    kind = {"any": "required", "none": "none"}.get(choice["type"], "auto")
    if choice["type"] in {"tool", "function"}:
        kind = f"tool:{choice.get('function', choice)['name']}"
    return kind, parallel


def _format(body: Body, system: str) -> dict[str, Any] | None:
    """Return the JSON schema of the answer, which Claude's body has no field for."""
    form = body.get("response_format") or (body.get("text") or {}).get("format")
    if form and form["type"] != "text":
        return form.get("json_schema", form).get("schema") or {}
    _, found, rest = system.partition("JSON schema:")
    with contextlib.suppress(ValueError):
        schema, _ = json.JSONDecoder().raw_decode(rest.strip())
        return schema if found and isinstance(schema, dict) else None
    return None


# --- turns ---
def _turn(item: Body) -> Turn:
    """Return a message of any schema, or an item of `/v1/responses` that stands for one."""
    kind, content = item.get("type"), item.get("content")
    if item.get("role") == "tool" or kind == "function_call_output":
        return Turn("user", results=[_result(item, item.get("output", content))])
    blocks = content if isinstance(content, list) else []
    calls = [*item.get("tool_calls", ()), *(b for b in blocks if b["type"] == "tool_use")]
    calls += [item] if kind == "function_call" else []
    return Turn(
        "assistant" if item.get("role", "assistant") == "assistant" else "user",
        _texts(content),
        _attachments(content),
        [_call(call) for call in calls],
        [_result(b, b.get("content")) for b in blocks if b["type"] == "tool_result"],
        [block["thinking"] for block in blocks if block["type"] == "thinking"],
    )


def _add(turns: list[Turn], turn: Turn) -> None:
    if turns and turns[-1].results and turn.texts and turn.texts[0].startswith(_SHOWN):
        # Media of a tool, which follow its result in a turn of the user.
        turns[-1].results[-1].attachments += turn.attachments
        return
    names = {call.id: call.name for each in turns for call in each.calls}
    for result in turn.results:
        result.name = names.get(result.call_id, result.name)
    turns.append(turn)


_SHOWN = "Returned by the tool call "


def _call(call: Body) -> Call:
    function = call.get("function", call)
    arguments = call["input"] if "input" in call else json.loads(function["arguments"] or "{}")
    return Call(call.get("call_id") or call["id"], function["name"], arguments)


def _result(item: Body, content: Any) -> Result:
    name = next(
        item[field] for field in ("tool_use_id", "tool_call_id", "call_id") if field in item
    )
    text = " ".join(_texts(content))
    # Only Claude's schema has a field for a failed call; elsewhere tools say so in their text.
    failed = (
        item.get("is_error", False) if "tool_use_id" in item else text.lower().startswith("error")
    )
    return Result(name, text, failed, _attachments(content))


def _texts(content: Any) -> list[str]:
    """Return the texts of a content, a string or a list of parts."""
    if isinstance(content, str):
        return [content] if content else []
    return [said for part in content or () if (said := part.get("text") or part.get("refusal"))]


# What parts are called that hold something else than text.
_ATTACHED = {
    "input_audio": "an audio clip",
    "image": "an image",
    "image_url": "an image",
    "input_image": "an image",
    "document": "a file",
    "file": "a file",
    "input_file": "a file",
    "video_url": "a video",
}


def _attachments(content: Any) -> list[str]:
    """Return what is attached to a content, in the parts of any endpoint."""
    parts = content if isinstance(content, list) else []
    return [_ATTACHED[part["type"]] for part in parts if part["type"] in _ATTACHED]
