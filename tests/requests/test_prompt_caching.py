"""`prompt_caching` marks the stable prefix of a request, where the model's documents have marks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    messages_from_dict,
    messages_to_dict,
)

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.testing import Answer, answers

Json = dict[str, Any]

FIVE_MINUTES = {"type": "ephemeral", "ttl": "5m"}
CLAUDE: Json = {"model": "anthropic/claude-sonnet-5", "endpoint": "messages", "max_tokens": 100}
MARKED: dict[str, Json] = {
    "messages": CLAUDE,
    "Claude on chat/completions": {**CLAUDE, "endpoint": "chat/completions"},
    "OpenAI schema": {"model": "moonshotai/kimi-k2-0905"},
}
UNMARKED: dict[str, Json] = {
    "no marks in its document": {"model": "openai/gpt-4o"},
    "responses": {"model": "openai/gpt-5-pro"},
    "an older document of Claude": {"model": "claude-sonnet-4"},
    "nothing is known": {"model": "vendor/model-of-next-year"},
}
CONVERSATION = [
    SystemMessage("Be kind."),
    HumanMessage("Weather in Paris?"),
    AIMessage("", tool_calls=[{"name": "weather", "args": {"city": "Paris"}, "id": "call_1"}]),
    ToolMessage("Sunny.", tool_call_id="call_1"),
]


def weather(city: str) -> str:
    """Return the weather in a city."""
    return f"Sunny in {city}."


def sent(model: Json, messages: Any = CONVERSATION, tools: Any = (weather,), **call: Any) -> Json:
    script = answers(["Fine."])
    bound = ChatAIMLAPI(**model, **script)
    (bound.bind_tools(tools) if tools else bound).invoke(messages, **call)
    request: Json = script.requests[0]
    return request


def marks(body: Json) -> list[str]:
    """Return where a body has marks: `tools[1]`, `system[0]`, `messages[3]`."""
    found = []
    for name in ("tools", "system"):
        blocks = body.get(name) or []
        found += [f"{name}[{i}]" for i, b in enumerate(blocks) if "cache_control" in b]
    for index, turn in enumerate(body.get("messages") or body.get("input") or []):
        blocks = turn.get("content")
        if isinstance(blocks, list) and any("cache_control" in block for block in blocks):
            found.append(f"messages[{index}]")
    return found


@pytest.mark.parametrize("name", MARKED)
def test_tools_instructions_the_last_turn_and_an_earlier_one_are_marked(name: str) -> None:
    body = sent({**MARKED[name], "prompt_caching": "5m"})
    in_openai_schema = ["tools[0]", "messages[0]", "messages[1]", "messages[3]"]
    in_claude_schema = ["tools[0]", "system[0]", "messages[0]", "messages[2]"]
    assert marks(body) == (in_openai_schema if name == "OpenAI schema" else in_claude_schema)
    assert body["tools"][0]["cache_control"] == FIVE_MINUTES


@pytest.mark.parametrize("name", UNMARKED)
def test_other_models_are_asked_as_without_it(name: str) -> None:
    assert sent({**UNMARKED[name], "prompt_caching": "5m"}) == sent(UNMARKED[name])


def test_nothing_is_marked_unless_it_is_asked_for() -> None:
    assert marks(sent(CLAUDE)) == []


def test_a_call_decides_and_an_hour_is_possible() -> None:
    assert sent(CLAUDE, prompt_caching="1h")["tools"][0]["cache_control"]["ttl"] == "1h"
    assert marks(sent({**CLAUDE, "prompt_caching": "5m"}, prompt_caching=None)) == []
    with pytest.raises(ConfigurationError, match=r"prompt_caching must be '5m' or '1h'"):
        sent(CLAUDE, prompt_caching="1d")


def marked_text(text: str, **mark: str) -> Json:
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral", **mark}}


def test_the_users_own_marks_count_and_stay() -> None:
    own = [marked_text(word) for word in ("one", "two", "three")]
    body = sent({**CLAUDE, "prompt_caching": "5m"}, [SystemMessage(own), HumanMessage("Hi!")])
    assert [block["text"] for block in body["system"]] == ["one", "two", "three"]
    assert all(block["cache_control"] == {"type": "ephemeral"} for block in body["system"])
    assert marks(body) == ["system[0]", "system[1]", "system[2]", "messages[0]"]


def test_marks_last_as_long_as_the_users_own() -> None:
    messages = [SystemMessage([marked_text("Be kind.", ttl="1h")]), HumanMessage("Hi!")]
    body = sent({**CLAUDE, "prompt_caching": "5m"}, messages)
    assert body["messages"][0]["content"][0]["cache_control"]["ttl"] == "1h"
    mixed = [messages[0], HumanMessage([marked_text("Hi!", ttl="5m")])]
    assert marks(sent({**CLAUDE, "prompt_caching": "5m"}, mixed)) == ["system[0]", "messages[0]"]


def test_a_tool_that_is_loaded_at_once_is_marked_however_that_is_said() -> None:
    tool = {"name": "rare", "input_schema": {"type": "object"}, "defer_loading": False}
    assert marks(sent({**CLAUDE, "prompt_caching": "5m"}, tools=[weather, tool]))[0] == "tools[1]"


def test_thoughts_and_tools_that_load_later_are_not_marked() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    thinking = AIMessage([thought], response_metadata={"model_provider": "aimlapi"})
    deferred = {"name": "rare", "input_schema": {"type": "object"}, "defer_loading": True}
    body = sent(
        {**CLAUDE, "prompt_caching": "5m"}, [HumanMessage("Hi!"), thinking], [weather, deferred]
    )
    assert marks(body) == ["tools[0]", "messages[0]"]


# --- the promise that makes it worth while ---

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
values = texts | st.integers() | st.none() | st.lists(texts, max_size=2)
arguments = st.dictionaries(texts, values | st.dictionaries(texts, values, max_size=2), max_size=2)
calls = st.fixed_dictionaries({"name": st.just("weather"), "args": arguments})
picture: Json = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}
contents = texts | texts.map(lambda words: [{"type": "text", "text": words}, picture])
steps = st.builds(
    Answer,
    text=texts,
    reasoning=st.just("") | texts,
    tool_calls=st.lists(calls, max_size=2),
)
WAYS: dict[str, Json] = {
    "invoke": {},
    "stream": {"streaming": True},
    "v1": {"output_version": "v1"},
    "v1 stream": {"output_version": "v1", "streaming": True},
}


@given(st.lists(st.tuples(steps, contents), min_size=1, max_size=3), st.sampled_from([*MARKED]))
@settings(max_examples=6, deadline=None)
def test_the_same_conversation_writes_the_same_bytes(
    exchanges: list[tuple[Answer, Any]], name: str
) -> None:
    made = [
        replace(
            answer, tool_calls=[{**c, "id": f"{n}_{i}"} for i, c in enumerate(answer.tool_calls)]
        )
        for n, (answer, _) in enumerate(exchanges)
    ]
    histories = []
    for settings_ in WAYS.values():
        model = ChatAIMLAPI(**MARKED[name], **settings_, **answers(list(made)))
        history: list[Any] = []
        for _, content in exchanges:
            history.append(HumanMessage(content))
            answer = model.invoke(history)
            results = [ToolMessage(content, tool_call_id=c["id"]) for c in answer.tool_calls]
            history += [answer, *results]
        histories += [history, messages_from_dict(messages_to_dict(history))]
    bodies = [sent(MARKED[name], [*history, HumanMessage("?")]) for history in histories]
    assert len({json.dumps(body) for body in bodies}) == 1
    more = [HumanMessage("?"), AIMessage("!"), HumanMessage("?")]
    longer = sent(MARKED[name], [*histories[0], *more])
    count = len(bodies[0]["messages"])
    assert json.dumps(longer["messages"][:count]) == json.dumps(bodies[0]["messages"])
