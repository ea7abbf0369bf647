"""Conversations with odd habits: what each is sent as stands in `conversations.json`.

The file holds, by conversation and model, the body without the model, and the warnings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
)

from .earlier_answers import EARLIER
from .parts import (
    AUDIO,
    GO_ON,
    HI,
    IMAGE,
    MARK,
    PDF,
    PIXELS,
    URL,
    answer,
    call,
    called,
    result,
    text,
    user,
    wrapped,
)

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

MODELS = {  # id, endpoint, request schema
    "undocumented": ("vendor/next", "chat/completions", "auto"),
    "gpt": ("openai/gpt-4o", "chat/completions", "auto"),
    "gemma": ("google/gemma-3-4b-it", "chat/completions", "auto"),
    "old claude": ("claude-sonnet-4", "chat/completions", "auto"),
    "new claude": ("anthropic/claude-sonnet-5", "messages", "auto"),
    "responses": ("openai/gpt-5-1", "responses", "auto"),
    "big claude": ("anthropic/claude-opus-5", "chat/completions", "auto"),
    "claude as gpt": ("anthropic/claude-opus-5", "chat/completions", "openai"),
}

CONVERSATIONS: dict[str, list[BaseMessage]] = {
    # --- roles ---
    "roles of other names": [
        ChatMessage("a", role="human"),
        ChatMessage("b", role="ai"),
        ChatMessage("c", role="user"),
    ],
    "a refusal of another class": [
        HI,
        ChatMessage("", role="assistant", additional_kwargs={"refusal": "No."}),
        GO_ON,
    ],
    "calls of another class": [
        HI,
        ChatMessage([text("a"), {**call("1"), "args": {"b": 1}}], role="ai"),
        GO_ON,
    ],
    "a role of one's own": [ChatMessage([text("a")], role="critic"), GO_ON],
    "a named role": [ChatMessage("a", role="critic", name="ann"), HumanMessage("b", name="bob")],
    "a function": [HI, FunctionMessage("3", name="f"), FunctionMessage([text("4")], name="g")],
    "a developer": [
        SystemMessage("s", additional_kwargs={"__openai_role__": "developer"}),
        SystemMessage([text("t", cache_control=MARK)]),
        HI,
    ],
    # --- instructions ---
    "instructions before blocks": [
        SystemMessage("s"),
        SystemMessage([text("t"), "u"]),
        user(text("a"), IMAGE),
    ],
    "instructions before nothing": [SystemMessage("s"), HumanMessage("")],
    "instructions in the middle": [
        HI,
        SystemMessage("s"),
        AIMessage("b"),
        SystemMessage("t"),
        GO_ON,
    ],
    "instructions at the end": [HI, AIMessage("b"), SystemMessage("s"), SystemMessage("t")],
    "instructions alone": [SystemMessage("s"), SystemMessage([text("t", cache_control=MARK)])],
    "blank instructions": [SystemMessage(" "), SystemMessage([text("")]), HI],
    "instructions in a file": [
        SystemMessage([{"type": "text-plain", "text": "s", "cache_control": MARK}]),
        HI,
    ],
    "instructions before a picture of a tool": [
        HI,
        called(call("1")),
        SystemMessage("s"),
        result("1", PIXELS),
        GO_ON,
    ],
    # --- media ---
    "an image of no known type": [user(PIXELS)],
    "an image by URL": [user(IMAGE, {**IMAGE, "detail": "low", "cache_control": MARK})],
    "a file of no known type": [user({"type": "file", "base64": "AAAA"})],
    "a file by URL": [user({"type": "file", "url": URL, "filename": "n"})],
    "a file with a name": [user(PDF, {**PDF, "title": "T", "context": "C", "cache_control": MARK})],
    "a text file": [user({"type": "file", "base64": "aGk=", "mime_type": "text/csv"})],
    "a file of a marked text": [user({"type": "text-plain", "text": "a", "cache_control": MARK})],
    "recordings": [
        user(AUDIO),
        user({"type": "audio", "transcript": "said"}),
        user({"type": "audio", "url": URL, "mime_type": "audio/mpeg"}),
    ],
    "a transcript": [user({"type": "audio", "transcript": "said"})],
    "a video": [user({"type": "video", "base64": "AAAA"}), user({"type": "video", "url": URL})],
    "what a user wrapped": [user(text("a"), wrapped({"type": "odd", "x": 1}))],
    "a search result": [user({"type": "search_result", "title": "x"})],
    "nothing at all": [HumanMessage(""), HumanMessage([]), user(text(" "))],
    "many texts": [user(*(text(str(n)) for n in range(7)), text("m", cache_control=MARK))],
    "many texts in turns": [HumanMessage(str(n)) for n in range(7)],
    # --- calls and results ---
    "media of two results": [
        HI,
        called(call("1"), call("2")),
        result("1", "r", IMAGE),
        result("2", PDF, PIXELS),
        GO_ON,
    ],
    "media of the last result": [HI, called(call("1")), result("1", PIXELS)],
    "media of results with a turn between": [
        HI,
        called(call("1")),
        result("1", PIXELS),
        called(call("2")),
        result("2", PIXELS),
        GO_ON,
    ],
    "results as blocks": [
        user(
            {"type": "tool_result", "tool_use_id": "1", "content": "r"},
            {
                "type": "tool_result",
                "tool_use_id": "2",
                "content": [text("q")],
                "is_error": True,
                "cache_control": MARK,
            },
            text("and"),
        )
    ],
    "nothing but a result as a block": [
        user({"type": "tool_result", "tool_use_id": "1", "content": "r"})
    ],
    "dicts of a tool": [HI, called(call("1")), result("1", {"type": "odd", "x": "ü"}, text("a"))],
    "a marked result": [HI, called(call("1")), result("1", text("a", cache_control=MARK))],
    "what a tool wrapped": [HI, called(call("1")), result("1", wrapped({"type": "odd"}))],
    "ids that are not taken everywhere": [
        HI,
        called(call("a.b/c"), call("a.b_c")),
        result("a.b/c", "1"),
        result("a.b_c", "2"),
        called(call("a.b/c")),
        result("a.b/c", "3"),
        called(call("")),
    ],
    "an id given twice": [
        HI,
        called(call("1", q=1), call("1", q=2)),
        result("1", "r"),
        result("1", "s"),
    ],
    "an id used again": [
        HI,
        called(call("1"), content=[text("a")]),
        result("1", "r"),
        called(call("1"), content=[text("b")]),
        result("1", "s"),
    ],
    "a result of no call": [HI, result("z", "r"), GO_ON],
    "a result before its call": [HI, result("1", "r"), called(call("1")), GO_ON],
    "results that came late": [
        HI,
        called(call("1"), call("2")),
        GO_ON,
        result("2", "s"),
        result("1", "r"),
    ],
    "a call without an id": [HI, called(call(None), call(None, "g")), GO_ON],
    "a call without a name": [
        HI,
        AIMessage("", invalid_tool_calls=[{**call("1"), "name": None, "args": "{", "error": None}]),
        result("1", "r"),
    ],
    "broken arguments that were kept": [
        HI,
        AIMessage(
            "",
            invalid_tool_calls=[{**call("1"), "args": '{"a"]', "error": None}],
            additional_kwargs={"broken_tool_calls": [5, {"id": "1", "args": '{"a'}]},
        ),
        result("1", "r"),
    ],
    "broken arguments that were mended": [
        HI,
        AIMessage(
            "",
            invalid_tool_calls=[{**call("1"), "args": '["b"]', "error": None}],
            additional_kwargs={"broken_tool_calls": [{"id": "1", "args": '{"a'}]},
        ),
        result("1", "r"),
    ],
    "a result of an error": [HI, called(call("1")), result("1", "boom", status="error")],
    "an error in blocks": [HI, called(call("1")), result("1", text("boom"), status="error")],
    "calls among texts": [
        HI,
        answer(
            text("a"),
            {"type": "tool_use", "id": "1", "name": "f", "input": {}},
            text("b"),
            {"type": "tool_call", "id": "3", "name": "h", "args": {"x": 1}, "cache_control": MARK},
            tool_calls=[call("1", y=2), call("2", "g")],
        ),
        GO_ON,
    ],
    "calls in blocks without ids": [
        HI,
        answer(
            {"type": "tool_use", "name": "f", "input": {"a": 1}},
            text("b"),
            tool_calls=[call("1", a=1)],
        ),
        GO_ON,
    ],
    "what a vendor wants back": [
        HI,
        called(
            call("1"),
            call("2"),
            content=[{"type": "tool_call", **call("2"), "extras": {"extra_content": {"g": 2}}}],
            additional_kwargs={
                "tool_call_extras": {"1": {"anthropic": {"caller": {"type": "code"}}}}
            },
        ),
    ],
    **EARLIER,
}
