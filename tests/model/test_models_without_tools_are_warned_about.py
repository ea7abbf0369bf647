"""Who asks a model for tools that it has not is told so once, and what there is instead."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import Answer, answers

if TYPE_CHECKING:
    from collections.abc import Callable


class Person(BaseModel):
    """A person."""

    name: str = ""


def search(query: str) -> str:
    """Search."""
    return query


NOTHING = "deepseek/deepseek-r1"
"""Its documents have neither tools nor a response_format."""
FORMATS = "cohere/command-a"
"""Its documents have a response_format, and no tools."""
TOOL = {"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}
ANSWER = Answer(text="{}", tool_calls=[{"name": "Person", "args": {}}])


def said_about(model: str, ask: Callable[[ChatAIMLAPI], Any], **settings: Any) -> list[str]:
    """Return the warnings of what is asked, the first call included."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ask(ChatAIMLAPI(model=model, **answers([ANSWER] * 3), **settings))
    return [str(warning.message) for warning in caught]


def bound(model: ChatAIMLAPI) -> Any:
    return model.bind_tools([search]).invoke("Hi")


def bound_for_several_calls(model: ChatAIMLAPI) -> Any:
    chain = model.bind_tools([search], tool_choice="any")
    return [chain.invoke("Hi"), chain.invoke("Hi"), list(chain.stream("Hi"))]


def of_a_call(model: ChatAIMLAPI) -> Any:
    return model.invoke("Hi", tools=[TOOL])


def of_several_calls(model: ChatAIMLAPI) -> Any:
    return [model.invoke("Hi", tools=[TOOL]), list(model.stream("Hi", tools=[search]))]


def structured(model: ChatAIMLAPI) -> Any:
    return model.with_structured_output(Person).invoke("Hi")


def structured_by_a_call(model: ChatAIMLAPI) -> Any:
    return model.with_structured_output(Person, method="function_calling").invoke("Hi")


def structured_with_tools(model: ChatAIMLAPI) -> Any:
    return model.with_structured_output(Person, method="json_schema", tools=[search]).invoke("Hi")


def structured_by_schema(model: ChatAIMLAPI) -> Any:
    return model.with_structured_output(Person, method="json_schema").invoke("Hi")


ASKED = (bound, bound_for_several_calls, of_a_call, of_several_calls, structured_with_tools)


@pytest.mark.parametrize("ask", [*ASKED, structured, structured_by_a_call, structured_by_schema])
def test_one_warning_says_that_there_is_nothing_instead(ask: Any) -> None:
    (said,) = said_about(NOTHING, ask)
    assert said.startswith(f"{NOTHING} documents no tools on chat/completions.")
    assert "Nor does it document a response_format" in said


@pytest.mark.parametrize("ask", [*ASKED, structured_by_a_call])
def test_one_warning_says_which_formats_there_are_instead(ask: Any) -> None:
    (said,) = said_about(FORMATS, ask)
    assert said.startswith(f"{FORMATS} documents no tools on chat/completions.")
    assert "documents response_format of type json_schema and json_object" in said


@pytest.mark.parametrize(
    ("model", "ask"),
    [
        (FORMATS, structured),  # by the format that it documents
        (FORMATS, structured_by_schema),
        ("gpt-4o", bound),
        ("gpt-4o", structured_by_a_call),
        ("anthropic/claude-sonnet-4", bound),
        ("vendor/model-of-next-year", bound),
        ("vendor/model-of-next-year", structured),
    ],
)
def test_nothing_is_said_where_there_is_what_was_asked_for(model: str, ask: Any) -> None:
    assert said_about(model, ask) == []


def test_nothing_is_said_about_no_tools() -> None:
    assert said_about(NOTHING, lambda model: model.bind_tools([]).invoke("Hi")) == []


def test_what_was_asked_for_is_sent_all_the_same() -> None:
    service = answers([ANSWER])
    with pytest.warns(UserWarning, match="documents no tools"):
        ChatAIMLAPI(model=NOTHING, **service).bind_tools([search], tool_choice="any").invoke("Hi")
    assert service.requests[0]["tools"][0]["function"]["name"] == "search"
    assert service.requests[0]["tool_choice"] == "required"


def test_the_model_of_the_call_counts() -> None:
    (said,) = said_about("gpt-4o", lambda m: m.bind_tools([search]).invoke("Hi", model=NOTHING))
    assert said.startswith(f"{NOTHING} documents no tools")
    (said,) = said_about("gpt-4o", lambda m: m.bind_tools([search], model=NOTHING).invoke("Hi"))
    assert said.startswith(f"{NOTHING} documents no tools")


# --- slips ---------------------------------------------------------------------------------------
SLIPS: dict[str, tuple[Any, str]] = {
    "metod": (
        lambda model: model.with_structured_output(Person, metod="json_mode"),
        r"metod \(did you mean method\?\)",
    ),
    "include_row": (
        lambda model: model.with_structured_output(Person, include_row=True),
        r"include_row \(did you mean include_raw\?\)",
    ),
    "strickt": (
        lambda model: model.with_structured_output(Person, strickt=True),
        r"strickt \(did you mean strict\?\)",
    ),
    "strickt of bind_tools": (
        lambda model: model.bind_tools([search], strickt=True),
        r"strickt \(did you mean strict\?\)",
    ),
    "temprature": (
        lambda model: model.with_structured_output(Person, temprature=0),
        r"temprature \(did you mean temperature\?\)",
    ),
    "tool_choise": (
        lambda model: model.bind_tools([search], tool_choise="any"),
        r"tool_choise \(did you mean tool_choice\?\)",
    ),
}


@pytest.mark.parametrize(("ask", "said"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_warned_about_once(ask: Any, said: str) -> None:
    service = answers([ANSWER])
    with pytest.warns(UserWarning, match=said) as caught:
        ask(ChatAIMLAPI(model="gpt-4o", **service)).invoke("Hi")
    assert len(caught) == 1
    assert any(name in service.requests[0] for name in SLIPS_SENT)


SLIPS_SENT = ("metod", "include_row", "strickt", "temprature", "tool_choise")


@pytest.mark.parametrize(
    "settings", [{"temperature": 0}, {"stream_usage": False}, {"top_k": 3}, {"frobnicate": 1}]
)
def test_other_arguments_are_bound_without_a_word(settings: dict[str, Any]) -> None:
    assert said_about("gpt-4o", lambda m: m.with_structured_output(Person, **settings)) == []
    assert said_about("gpt-4o", lambda m: m.bind_tools([search], **settings)) == []
