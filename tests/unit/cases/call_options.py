"""Options of a call: what each is sent as stands in `call_options.json`, see `conversations`."""

from __future__ import annotations

from typing import Any

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "description": "Weather.", "parameters": PARAMETERS},
}
STRICT = {"type": "function", "function": {**WEATHER["function"], "strict": True}}  # type: ignore[dict-item]  # its type is wide
OTHER = {"type": "function", "function": {"name": "other", "parameters": {}}}
SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
OF_CLAUDE = {"name": "add", "input_schema": PARAMETERS, "cache_control": {"type": "ephemeral"}}
BARE_CLAUDE = {"name": "sub", "input_schema": {"type": "object"}}
CUSTOM = {"type": "custom", "custom": {"name": "sh", "format": {"type": "text"}}}
FLAT_CUSTOM = {"type": "custom", "name": "sh"}
CODE = {"type": "code_interpreter"}
TOOLS = [WEATHER, OTHER]
NO_PARALLEL = "disable_parallel_tool_use"
ALLOWED = [{"type": "function", "function": {"name": "weather"}}]
SCHEMA = {"title": "Town", "description": "A town.", **PARAMETERS}
FORMAT = {"type": "json_schema", "json_schema": {"name": "Town", "schema": PARAMETERS}}


def choosing(choice: Any, tools: Any = TOOLS, **more: Any) -> dict[str, Any]:
    return {"tools": tools, "tool_choice": choice, **more}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


OPTIONS: dict[str, dict[str, Any]] = {
    # --- tools ---
    "tools": {"tools": TOOLS},
    "strict tools": {"tools": [STRICT]},
    "a tool of Claude": {"tools": [OF_CLAUDE, WEATHER]},
    "a tool of Claude without more": {"tools": [BARE_CLAUDE]},
    "a tool with more keys": {"tools": [{**WEATHER, "defer_loading": True, "x": 1}]},
    "server tools": {"tools": [SEARCH, CODE]},
    "a tool of free text": {"tools": [CUSTOM]},
    "a flat tool of free text": {"tools": [FLAT_CUSTOM]},
    "a strict tool that says no": {
        "tools": [{"type": "function", "function": {"name": "f", "strict": False}}]
    },
    # --- choice ---
    "auto": choosing("auto"),
    "none": choosing("none"),
    "any": choosing("any"),
    "required": choosing("required"),
    "a name": choosing("weather"),
    "the name of a server tool": choosing("web_search", [SEARCH, WEATHER]),
    "the type of a server tool": choosing("code_interpreter", [CODE, WEATHER]),
    "a tool named as a word": choosing("any", [{"type": "function", "function": {"name": "any"}}]),
    "the only tool": choosing(True, [WEATHER]),  # noqa: FBT003  # as users write it
    "no choice": choosing(False),  # noqa: FBT003  # the same
    "a dict": choosing(named("weather")),
    "a flat dict": choosing({"type": "function", "name": "weather"}),
    "a dict of Claude": choosing({"type": "tool", "name": "weather"}),
    "a word of Claude": choosing({"type": "any"}),
    "the word auto of Claude": choosing({"type": "auto"}),
    "a free tool by a dict": choosing({"type": "custom", "custom": {"name": "sh"}}, [CUSTOM]),
    "Claude's switch": choosing({"type": "auto", NO_PARALLEL: True}),
    "Claude's switch, off": choosing({"type": "any", NO_PARALLEL: False}),
    "Claude's switch and a tool": choosing({"type": "tool", "name": "weather", NO_PARALLEL: True}),
    "Claude's switch and ours": choosing(
        {"type": "any", NO_PARALLEL: True}, parallel_tool_calls=True
    ),
    "allowed tools": choosing({"type": "allowed_tools", "mode": "required", "tools": ALLOWED}),
    "allowed tools, nested": choosing(
        {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": ALLOWED}}
    ),
    "allowed tools without a mode": choosing({"type": "allowed_tools", "tools": ALLOWED}),
    "allowed tools of another mode": choosing(
        {"type": "allowed_tools", "mode": "strange", "tools": ALLOWED}
    ),
    "no allowed tools": choosing({"type": "allowed_tools", "mode": "auto"}),
    "one at a time": {"tools": TOOLS, "parallel_tool_calls": False},
    "several at a time": {"tools": TOOLS, "parallel_tool_calls": True},
    "one at a time, a name": choosing("weather", parallel_tool_calls=False),
    "one at a time, none": choosing("none", parallel_tool_calls=False),
    "one at a time, no tools": {"parallel_tool_calls": False},
    # --- formats ---
    "text": {"response_format": {"type": "text"}},
    "an object": {"response_format": {"type": "json_object"}},
    "a schema": {"response_format": SCHEMA},
    "a format": {"response_format": FORMAT},
    "a strict format": {
        "response_format": {
            **FORMAT,
            "json_schema": {"name": "Town", "schema": PARAMETERS, "strict": True},
        }
    },
    "a schema without properties": {"response_format": {"title": "T", "type": "object"}},
    "a format without a schema": {"response_format": {"type": "json_schema"}},
    "a format and a text": {"response_format": FORMAT, "params": {"text": {"verbosity": "low"}}},
    # --- the rest ---
    "a stream": {"stream": True},
    "a stream without usage": {"stream": True, "stream_usage": False},
    "stops": {"stop": ("a", "b")},
    "lengths": {"params": {"max_tokens": 9}},
    "lengths of another name": {"params": {"max_completion_tokens": 16}},
    "names that differ": {"params": {"request_metadata": {"a": 1}, "provider_routing": {"b": 2}}},
    "what nobody knows": {"params": {"odd": 1}, "extra_body": {"odd": 2, "model_x": "y"}},
    "temperatures": {"params": {"temperature": 3, "top_p": -0.5}},
    "temperatures at the border": {"params": {"temperature": 1, "top_p": 0, "top_k": 0}},
    "an effort": {"params": {"reasoning_effort": "low"}},
    "an effort and more": {
        "params": {"reasoning_effort": "low", "reasoning": {"summary": "auto", "effort": "high"}}
    },
    "reasoning that is none": {"params": {"reasoning_effort": "low", "reasoning": None}},
    "thinking": {"params": {"thinking": {"type": "enabled", "budget_tokens": 1024}}},
    "what is kept": {"params": {"store": True}},
    "what is kept by its id": {
        "params": {"store": False, "previous_response_id": "resp_1"},
        "use_previous_response_id": True,
    },
    "conversations that are kept": {"use_previous_response_id": True},
    "what is included": {"params": {"include": ["x"]}},
}
