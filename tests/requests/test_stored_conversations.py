"""Conversations that `/responses` keeps: only what is new is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sent
from langchain_core.messages import AIMessage, ChatMessage, HumanMessage
from langchain_core.tools import tool
from sent import Json, Service, answer, call, called, result, text

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from emulator.server import Emulator

KEEPS: Json = {"use_previous_response_id": True}


def answered(response_id: Any = "resp_1", **metadata: Any) -> AIMessage:
    return AIMessage("Hello", response_metadata={"id": response_id, **metadata})


def kept(*messages: Any, **settings: Any) -> tuple[Any, int]:
    """Return which answer goes on, and how many items are sent."""
    body = sent.body("responses", *messages, **{**KEEPS, **settings})
    return body.get("previous_response_id"), len(body["input"])


HISTORIES: dict[str, tuple[list[Any], Json, tuple[Any, int]]] = {
    "the first question": (["Hi"], {}, (None, 1)),
    "a second one": (["Hi", answered(), "And?"], {}, ("resp_1", 1)),
    "several new messages": (["Hi", answered(), "And?", "Now"], {}, ("resp_1", 2)),
    "the last answer counts": (["Hi", answered(), "A", answered("resp_2"), "B"], {}, ("resp_2", 1)),
    "nothing new": (["Hi", answered()], {}, (None, 2)),
    "an answer of nobody": (["Hi", AIMessage("of nobody"), "And?"], {}, (None, 3)),
    "an answer of another endpoint": (["Hi", answered("chatcmpl-1"), "And?"], {}, (None, 3)),
    "an id that is none": (["Hi", answered(5), "And?"], {}, (None, 3)),
    "an answer that was not kept": (["Hi", answered(store=False), "And?"], {}, (None, 3)),
    "the user names one": (
        ["Hi", answered(), "And?"],
        {"previous_response_id": "resp_9"},
        ("resp_9", 3),
    ),
    "instructions": (["Hi", answered(), ChatMessage("Be.", role="system"), "B"], {}, ("resp_1", 2)),
    "not wanted": (["Hi", answered(), "And?"], {"use_previous_response_id": False}, (None, 3)),
}


@pytest.mark.parametrize(("messages", "settings", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_only_what_is_new_is_sent_where_the_service_keeps_the_rest(
    messages: list[Any], settings: Json, expected: tuple[Any, int]
) -> None:
    assert kept(*messages, **settings) == expected


def test_answers_are_asked_to_be_kept_unless_the_user_says_otherwise() -> None:
    assert sent.body("responses", **KEEPS)["store"] is True
    assert sent.body("responses", store=False, **KEEPS)["store"] is False
    assert "store" not in sent.body("responses")
    assert sent.body("responses", previous_response_id="resp_9")["previous_response_id"] == "resp_9"
    service = Service()
    assert service.asked(service.model("responses", **KEEPS))["store"] is True


def test_other_endpoints_are_not_told_of_it() -> None:
    for route in ("chat", "claude", "messages"):
        body = sent.body(route, "Hi", answered(), "And?", **KEEPS)
        assert body.keys() == {"model", "messages"}
        assert len(body["messages"]) == 3


def test_a_result_is_sent_without_its_call_and_in_its_form() -> None:
    made = called(call("c", "sh", input="ls"), response_metadata={"id": "resp_1"})
    tools = [{"type": "custom", "name": "sh"}]
    body = sent.body("responses", "List.", made, result("a"), tools=tools, **KEEPS)
    assert body["input"] == [{"type": "custom_tool_call_output", "call_id": "c", "output": "a"}]
    body = sent.body("responses", "List.", made, result("a"), HumanMessage("b"), **KEEPS)
    assert [item.get("type") for item in body["input"]] == ["function_call_output", None]


def test_an_error_counts_messages_from_the_first() -> None:
    odd = answer(text("x"), {"type": "tool_result", "content": "x"})
    with pytest.raises(Exception, match=r"block 1 \(tool result\) of message 3"):
        sent.body("responses", "Hi", answered(), "A", odd, answered("lost"), "B", **KEEPS)


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_the_service_may_keep_only_a_part_of_a_conversation(
    emulator: Emulator, version: str
) -> None:
    """Only what it has kept is left out of the next request, or known by its id alone.

    The emulator answers 400 to sealed reasoning that is changed or out of its place.
    """
    common: Json = {"api_key": "sk-emulator", "base_url": emulator.base_url}
    thinks: Json = {"reasoning": {"effort": "low", "summary": "auto"}, "output_version": version}
    forgetting = ChatAIMLAPI("openai/gpt-5-4", **common, **thinks)
    keeping = forgetting.model_copy(update={"use_previous_response_id": True})
    claude = ChatAIMLAPI("anthropic/claude-sonnet-5", endpoint="messages", **common)
    other = ChatAIMLAPI("openai/gpt-4o", endpoint="responses", **common)
    turns: list[Any] = []
    sizes: list[int] = []
    for speaker in (keeping, keeping, claude, keeping, forgetting, keeping, other, keeping):
        bound = speaker.bind_tools([weather])
        turns.append(HumanMessage("What is the weather in Paris? Use the tool."))
        turns.append(bound.invoke(turns))
        turns += [weather.invoke(call) for call in turns[-1].tool_calls]
        turns.append(bound.invoke(turns))
        assert "Sunny in Paris." in turns[-1].text
        sizes.append(len(emulator.requests[-1].body.get("input", ())))
    assert sizes[:2] == [1, 1]
    assert sizes[4] > sizes[5] == 1
