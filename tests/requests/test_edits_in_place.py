"""What is changed in place is sent as it is at the call: messages, tools, settings."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage
from sent import GPT, ROUTES, UNKNOWN, Json, Service, call, called, result

if TYPE_CHECKING:
    from collections.abc import Callable

TOOL = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {}}}}
EDITS: dict[str, Callable[[list[Any], list[Any]], object]] = {
    "content": lambda messages, _: setattr(messages[0], "content", "Edited"),
    "an argument": lambda messages, _: messages[1].tool_calls[0]["args"].update(city="Edited"),
    "a result": lambda messages, _: setattr(messages[2], "content", "Edited"),
    "another message": lambda messages, _: messages.__setitem__(3, HumanMessage("Edited")),
    "a tool": lambda _, tools: tools[0].update(description="Edited"),
    "another tool": lambda _, tools: tools.append({**TOOL, "name": "another"}),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("route", ROUTES)
def test_messages_and_tools_are_sent_as_they_are_now(
    route: str, edit: Callable[[list[Any], list[Any]], object]
) -> None:
    def made() -> tuple[list[BaseMessage], list[Any]]:
        asked = called(call("c", city="Paris"), content="Let me see.", id="1")
        messages = [HumanMessage("How?"), asked, result("Sunny."), HumanMessage("Thanks")]
        return messages, [copy.deepcopy(TOOL)]

    service = Service()
    model = service.model(route)
    (messages, tools), fresh = made(), made()
    before = service.asked(model, *messages, tools=tools)
    edit(messages, tools)
    edited = service.asked(model, *messages, tools=tools)
    edit(*fresh)
    other = Service()
    assert before != edited == other.asked(other.model(route), *fresh[0], tools=fresh[1])


FIELD_EDITS: dict[str, tuple[Callable[[Any], object], Json]] = {
    "stop": (lambda model: model.stop.append("b"), {"stop": ["a", "b"]}),
    "extra_body": (lambda model: model.extra_body.update(x=1), {"x": 1}),
    "nested": (lambda model: model.extra_body["deep"].append(2), {"deep": [1, 2]}),
    "model_kwargs": (lambda model: model.model_kwargs.update(echo=True), {"echo": True}),
    "a number of another type": (lambda model: setattr(model, "max_tokens", 5), {"max_tokens": 5}),
    "the model": (lambda model: setattr(model, "model", UNKNOWN), {"model": UNKNOWN}),
}


@pytest.mark.parametrize(("edit", "expected"), FIELD_EDITS.values(), ids=FIELD_EDITS)
def test_a_field_that_is_changed_takes_effect_from_the_next_call_on(
    edit: Callable[[Any], object], expected: Json
) -> None:
    service = Service()
    model = service.model(
        "deepseek/deepseek-r1", stop=["a"], extra_body={"deep": [1]}, max_tokens=4.0
    )
    assert not expected.items() <= service.asked(model).items()
    edit(model)
    assert expected.items() <= service.asked(model).items()


def test_headers_that_are_filled_later_are_sent() -> None:
    service = Service()
    model: Any = service.model(GPT, default_headers={"x-team": "blue"})
    service.asked(model)
    model.default_headers["x-run"] = "2"
    service.asked(model)
    found = [
        (request.headers["x-team"], request.headers.get("x-run")) for request in service.requests
    ]
    assert found == [("blue", None), ("blue", "2")]
