"""Every documented model: what is sent stays within what its published schema lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from sent import IMAGE, PDF, WAV, Json, Service, answer, call, called, text, user

from langchain_aimlapi.profiles import ModelFacts, facts_for, known_models

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

CAPTIONER = "alibaba/qwen3-omni-30b-a3b-captioner"
"""Takes recordings only, so no text at all."""
SYSTEM, USER = SystemMessage("Be brief."), HumanMessage("Hello")
DEVELOPER = SystemMessage("Be.", additional_kwargs={"__openai_role__": "developer"})
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALLS = called(call("c.1", a=1), call("c.2", a=2))
RESULTS = [
    ToolMessage("2", tool_call_id="c.2", status="error"),
    ToolMessage([text("1")], tool_call_id="c.1"),
]
THOUGHT = answer(
    {"type": "reasoning", "reasoning": "hmm"},
    text("Hi"),
    additional_kwargs={"reasoning_content": "hmm"},
)
SOUND = {"type": "audio", "base64": WAV, "mime_type": "audio/wav"}


def asks(*blocks: Any) -> list[BaseMessage]:
    return [SYSTEM, user(text("What is it?"), *blocks)]


CONVERSATIONS: dict[str, tuple[set[str], list[BaseMessage], Json]] = {
    # name: any of these parts or parameters must be documented; messages; settings
    "text": (set(), [USER], {}),
    "turns": (set(), [SYSTEM, USER, AIMessage("Hi"), HumanMessage("More")], {}),
    "developer": (set(), [DEVELOPER, USER], {}),
    "text blocks": (set(), asks(text("It is red.")), {}),
    "reasoning": (set(), [USER, THOUGHT, USER], {}),
    "tools": ({"tools"}, [USER], {"tools": [TOOL], "tool_choice": "required"}),
    "tool history": ({"tools"}, [SYSTEM, USER, CALLS, *RESULTS, USER], {"tools": [TOOL]}),
    "image": ({"image", "image_url"}, asks(IMAGE), {}),
    "pdf": (
        {"file", "document"},
        asks({"type": "file", "base64": PDF, "mime_type": "application/pdf"}),
        {},
    ),
    "audio": ({"input_audio"}, asks(SOUND), {}),
    "video": ({"video_url"}, asks({"type": "video", "url": "https://x.io/a.mp4"}), {}),
}


def beyond_the_document(facts: ModelFacts, endpoint: str, body: Json) -> list[str]:
    """Return what a body holds that the model's document does not list."""
    listed = facts.parameters if endpoint == "chat/completions" else facts.parameters_of[endpoint]
    found = [name for name in body if name not in listed | {"model", "messages", "input"}]
    for turn in body["messages"] if endpoint == "chat/completions" else ():
        accepted = facts.parts_by_role.get(turn["role"])
        if accepted is None:
            found.append(f"role {turn['role']}")
            continue
        content = turn["content"]
        kinds = ["string"] if isinstance(content, str) else [part["type"] for part in content]
        found += [f"{kind} of {turn['role']}" for kind in kinds if kind not in accepted]
    return found


# The parameters that the conversations below lead to.
SENT = {"tools", "tool_choice", "parallel_tool_calls", "include", "reasoning"}


def one_of_each_document(endpoint: str) -> list[str]:
    """Return a model for each published schema, as far as our bodies can differ by it."""
    found: dict[Any, str] = {}
    for name in known_models():
        facts = facts_for(name)
        if endpoint in facts.endpoints and name != CAPTIONER:
            parts = frozenset(facts.parts_by_role.items())
            parameters = facts.parameters | facts.parameters_of.get(endpoint, frozenset())
            flags = (facts.both_schemas, facts.both_message_styles, facts.takes_reasoning)
            found.setdefault((facts.request_schema, parameters & SENT, parts, flags), name)
    return list(found.values())


@pytest.mark.parametrize("endpoint", ["chat/completions", "messages", "responses"])
def test_every_model_is_sent_what_its_document_lists(endpoint: str) -> None:
    service = Service()
    model = service.model()
    counts = dict.fromkeys(CONVERSATIONS, 0)
    for name in one_of_each_document(endpoint):
        facts = facts_for(name)
        documented = facts.parameters | facts.parts_by_role.get("user", frozenset())
        for kind, (needed, messages, settings) in CONVERSATIONS.items():
            if needed and needed.isdisjoint(documented):
                continue
            if endpoint == "responses" and kind in {"audio", "video"}:
                continue
            body = service.asked(model, *messages, model=name, endpoint=endpoint, **settings)
            assert beyond_the_document(facts, endpoint, body) == [], (name, kind)
            counts[kind] += 1
    if endpoint == "chat/completions":
        assert all(count > 5 for count in counts.values())
        assert counts["text"] > 30
    assert counts["text"] > 1
