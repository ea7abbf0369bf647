"""Every documented model: what we send stays within what its document lists."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from doors.bodies import request_body
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from langchain_aimlapi.profiles import ModelFacts, facts_for, known_models

PNG = "iVBORw0KGgo="
WAV = "UklGRiQAAABXQVZFZm10IA=="
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CAPTIONER = "alibaba/qwen3-omni-30b-a3b-captioner"  # takes recordings only, so no text at all
SYSTEM, USER = SystemMessage("Be brief."), HumanMessage("Hello")
CALLS = AIMessage("", tool_calls=[{"name": "f", "args": {"a": n}, "id": f"c.{n}"} for n in (1, 2)])
RESULTS = [
    ToolMessage("2", tool_call_id="c.2", status="error"),
    ToolMessage([{"type": "text", "text": "1"}], tool_call_id="c.1"),
]


def asks(*blocks: dict[str, Any]) -> list[BaseMessage]:
    return [SYSTEM, HumanMessage([{"type": "text", "text": "What is it?"}, *blocks])]


CONVERSATIONS: dict[str, tuple[set[str], list[BaseMessage], dict[str, Any]]] = {
    # name: any of these parts must be documented, messages, options
    "text": (set(), [USER], {}),
    "turns": (set(), [SYSTEM, USER, AIMessage("Hi"), HumanMessage("More")], {}),
    "developer": (
        set(),
        [SystemMessage("Be.", additional_kwargs={"__openai_role__": "developer"}), USER],
        {},
    ),
    "text blocks": (set(), asks({"type": "text", "text": "It is red."}), {}),
    "stream": (set(), [USER], {"stream": True}),
    "reasoning": (
        set(),
        [
            USER,
            AIMessage(
                [{"type": "reasoning", "reasoning": "hmm"}, {"type": "text", "text": "Hi"}],
                additional_kwargs={"reasoning_content": "hmm"},
            ),
            USER,
        ],
        {},
    ),
    "tools": ({"tools"}, [USER], {"tools": [TOOL], "tool_choice": "required"}),
    "tool history": ({"tools"}, [SYSTEM, USER, CALLS, *RESULTS, USER], {"tools": [TOOL]}),
    "image": (
        {"image", "image_url"},
        asks({"type": "image", "base64": PNG, "mime_type": "image/png"}),
        {},
    ),
    "pdf": (
        {"file", "document"},
        asks({"type": "file", "base64": "JVBERi0=", "filename": "a.pdf"}),
        {},
    ),
    "audio": ({"input_audio"}, asks({"type": "audio", "base64": WAV}), {}),
    "video": ({"video_url"}, asks({"type": "video", "url": "https://x.io/a.mp4"}), {}),
}


def beyond_the_document(facts: ModelFacts, body: dict[str, Any]) -> list[str]:
    """Return what a body holds that the model's document does not list."""
    found = [name for name in body if name not in facts.parameters | {"model", "messages"}]
    for turn in body["messages"]:
        accepted = facts.parts_by_role.get(turn["role"])
        if accepted is None:
            found.append(f"role {turn['role']}")
            continue
        content = turn["content"]
        kinds = ["string"] if isinstance(content, str) else [part["type"] for part in content]
        found += [f"{kind} of {turn['role']}" for kind in kinds if kind not in accepted]
    return found


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_every_model_accepts(name: str) -> None:
    needed, messages, options = CONVERSATIONS[name]
    bodies = 0
    for model in known_models():
        facts = facts_for(model)
        if "chat/completions" not in facts.endpoints:
            continue
        documented = facts.parameters | facts.parts_by_role["user"]
        if (needed and needed.isdisjoint(documented)) or model == CAPTIONER:
            continue
        body = request_body(messages, model, facts=facts, schema=facts.request_schema, **options)
        assert beyond_the_document(facts, body) == [], model
        bodies += 1
    assert bodies > (100 if needed <= {"tools", "image", "image_url", "file", "document"} else 10)


def test_the_model_that_takes_recordings_only() -> None:
    facts = facts_for(CAPTIONER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        body = request_body(
            [HumanMessage([{"type": "audio", "base64": WAV}])], CAPTIONER, schema="openai"
        )
    assert beyond_the_document(facts, body) == []
