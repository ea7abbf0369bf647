"""A conversation that one model began goes on with each other one, whatever it left behind.

The emulator refuses what services refuse: parameters, roles and parts by their documents, ids,
names and arguments by what their users met.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import wire
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.tools import tool
from sent import IMAGE, Json, broken, calls_in, result, results_in, text

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.profiles import profile_for

if TYPE_CHECKING:
    from emulator.server import Emulator

CLAUDE: Json = {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"}
MODELS: dict[str, Json] = {
    "gpt-4o": {"model": "openai/gpt-4o"},
    "gpt-5-pro": {"model": "openai/gpt-5-pro"},
    "claude in chat": {"model": "anthropic/claude-sonnet-4"},
    "claude": {**CLAUDE, "thinking": {"type": "adaptive"}},
    "gemini": {"model": "google/gemini-3-5-flash"},
    "mistral": {"model": "mistralai/mistral-nemo"},
    "deepseek": {"model": "deepseek/deepseek-v4-flash"},
    "kimi": {"model": "moonshotai/kimi-k2-thinking"},
}
ID_FORMS = {
    "gpt-4o": r".{1,40}",
    "gpt-5-pro": r".{1,64}",
    "claude in chat": r"[a-zA-Z0-9_-]{1,64}",
    "claude": r"[a-zA-Z0-9_-]{1,64}",
    "mistral": r"[a-zA-Z0-9]{9}",
}
"""What ids of calls have to match, where the vendor is known to refuse others."""
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgAAAAAgAB"


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


def said(
    emulator: Emulator, name: str, messages: list[BaseMessage], *, streamed: bool
) -> AIMessage:
    """Return what a model that has a tool answers."""
    asked: Json = {"api_key": "sk-emulator", "base_url": emulator.base_url, **MODELS[name]}
    model = ChatAIMLAPI(**asked).bind_tools([weather])
    return wire.merged(model.stream(messages)) if streamed else model.invoke(messages)


def failed_call(like: AIMessage) -> list[BaseMessage]:
    """Return a call that the model of `like` wrote wrongly, and what the tool said to it."""
    call_id = f"functions.multi_tool_use.parallel:{'0' * 40}"
    wrong: Any = broken('{"a": [', call_id, "multi_tool_use.parallel")
    message = AIMessage("", invalid_tool_calls=[wrong], response_metadata=like.response_metadata)
    return [message, result("No such tool.", call_id, status="error")]


def sees(name: str) -> bool:
    return bool((profile_for(MODELS[name]["model"]) or {}).get("image_inputs"))


@pytest.mark.parametrize("first", MODELS)
def test_each_model_takes_what_each_other_left(emulator: Emulator, first: str) -> None:
    for number, second in enumerate(set(MODELS) - {first}):
        one_goes_on_with_another(emulator, first, second, streamed=bool(number % 2))


def one_goes_on_with_another(
    emulator: Emulator, first: str, second: str, *, streamed: bool
) -> None:
    asked = HumanMessage("What is the weather in Paris? Use the tool.")
    called = said(emulator, first, [asked], streamed=streamed)
    assert called.tool_calls
    content: list[Any] = [text("Sunny.")]
    if sees(first) and sees(second):
        content.append({**IMAGE, "base64": PIXEL})
    history: list[BaseMessage] = [asked, called]
    history += [result(content, str(made["id"])) for made in called.tool_calls]
    history += failed_call(called)
    history += [said(emulator, second, history, streamed=not streamed)]
    body = emulator.requests[-1].body
    said(emulator, first, [*history, HumanMessage("And in Rome?")], streamed=streamed)

    calls, results = calls_in(body), results_in(body)
    assert [call_id for call_id, _, _ in calls] == [call_id for call_id, _ in results]
    assert [name for _, name, _ in calls] == ["weather", "multi_tool_use_parallel"]
    assert calls[0][2] == called.tool_calls[0]["args"]
    assert calls[1][2] == {"arguments": '{"a": ['}
    assert all(re.fullmatch(ID_FORMS.get(second, ".+"), call_id) for call_id, _, _ in calls)
    written = json.dumps(body)
    assert (PIXEL in written) == (sees(first) and sees(second))
    assert "thought_signature" not in written
    assert "reasoning_content" not in written
    assert "signature" not in written or first in {"claude", "claude in chat"}


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
    claude = ChatAIMLAPI(**MODELS["claude"], **common)
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
