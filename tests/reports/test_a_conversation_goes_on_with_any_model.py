"""A conversation that one model began goes on with each other one, whatever it left behind.

The emulator refuses what services refuse: parameters, roles and parts by their documents, ids,
names and arguments by what their users met.
"""

from __future__ import annotations

import json
import re
from itertools import permutations
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from sent import Json, calls_in, results_in

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.profiles import profile_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.server import Emulator

MODELS: dict[str, Json] = {
    "gpt-4o": {"model": "openai/gpt-4o"},
    "gpt-5-pro": {"model": "openai/gpt-5-pro"},
    "claude in chat": {"model": "anthropic/claude-sonnet-4"},
    "claude": {
        "model": "anthropic/claude-sonnet-5",
        "endpoint": "messages",
        "thinking": {"type": "adaptive"},
    },
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
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgAAAAAgAB"
PICTURE = {"type": "image", "base64": PNG, "mime_type": "image/png"}


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny in {city}."


class Speaker:
    """A model with a tool, and the bodies that it sent."""

    def __init__(self, name: str, base_url: str) -> None:
        self.bodies: list[Json] = []
        self._client = httpx.Client(event_hooks={"request": [self._note]})
        model = ChatAIMLAPI(
            api_key="sk-emulator", base_url=base_url, http_client=self._client, **MODELS[name]
        )
        self._model = model.bind_tools([weather])

    def _note(self, request: httpx.Request) -> None:
        self.bodies.append(json.loads(request.content))

    def close(self) -> None:
        self._client.close()

    def says(self, messages: list[BaseMessage], *, streamed: bool) -> AIMessage:
        if not streamed:
            return self._model.invoke(messages)
        whole: Any = None
        for chunk in self._model.stream(messages):
            whole = chunk if whole is None else whole + chunk
        assert isinstance(whole, AIMessage)
        return whole


@pytest.fixture
def speakers(emulator: Emulator) -> Iterator[Any]:
    made: list[Speaker] = []

    def make(name: str) -> Speaker:
        made.append(Speaker(name, emulator.base_url))
        return made[-1]

    yield make
    for speaker in made:
        speaker.close()


def failed_call(like: AIMessage) -> list[BaseMessage]:
    """Return a call that the model of `like` wrote wrongly, and what the tool said to it."""
    call_id = f"functions.multi_tool_use.parallel:{'0' * 40}"
    broken: Any = {"name": "multi_tool_use.parallel", "args": '{"a": [', "id": call_id}
    answer = AIMessage(
        "",
        invalid_tool_calls=[{**broken, "error": "no JSON", "type": "invalid_tool_call"}],
        response_metadata=like.response_metadata,
    )
    return [answer, ToolMessage("No such tool.", tool_call_id=call_id, status="error")]


def sees(name: str) -> bool:
    return bool((profile_for(MODELS[name]["model"]) or {}).get("image_inputs"))


@pytest.mark.parametrize("streamed", [False, True], ids=["invoke", "stream"])
@pytest.mark.parametrize(("first", "second"), list(permutations(MODELS, 2)))
def test_each_model_takes_what_each_other_left(
    speakers: Any, first: str, second: str, *, streamed: bool
) -> None:
    one, other = speakers(first), speakers(second)
    asked = HumanMessage("What is the weather in Paris? Use the tool.")
    called = one.says([asked], streamed=streamed)
    assert called.tool_calls
    result: list[str | Json] = [{"type": "text", "text": "Sunny."}]
    if sees(first) and sees(second):
        result.append(PICTURE)
    history = [asked, called]
    history += [ToolMessage(result, tool_call_id=call["id"]) for call in called.tool_calls]
    history += failed_call(called)
    history += [other.says(history, streamed=streamed), HumanMessage("And in Rome?")]
    history.append(one.says(history, streamed=streamed))

    body = other.bodies[0]
    calls, results = calls_in(body), results_in(body)
    assert [call_id for call_id, _, _ in calls] == [call_id for call_id, _ in results]
    assert [name for _, name, _ in calls] == ["weather", "multi_tool_use_parallel"]
    assert calls[0][2] == called.tool_calls[0]["args"]
    assert calls[1][2] == {"arguments": '{"a": ['}
    assert all(re.fullmatch(ID_FORMS.get(second, ".+"), call_id) for call_id, _, _ in calls)
    text = json.dumps(body)
    assert (PNG in text) == (sees(first) and sees(second))
    assert "thought_signature" not in text
    assert "reasoning_content" not in text
    if first not in {"claude", "claude in chat"}:
        assert "signature" not in text
