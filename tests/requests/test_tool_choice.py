"""The choice of tools, and how many may be called at a time."""

from __future__ import annotations

from typing import Any

import pytest
import sent
from langchain_core.tools import tool
from sent import GPT, NEW_CLAUDE, OLD_CLAUDE, UNKNOWN, Json, Service

from langchain_aimlapi.errors import ConfigurationError

NO_PARALLEL = "disable_parallel_tool_use"
THINKING = {"type": "enabled", "budget_tokens": 1024}
NO_NAMED_CHOICE = "nvidia/nemotron-3-ultra-550b-a55b"
"""Its documents have words for `tool_choice` only."""
SEARCH = {"type": "web_search_20250305", "name": "web_search"}


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
def subtract(a: int, b: int) -> int:
    """Subtract a number from another."""
    return a - b


def choosing(route: str, choice: Any, *tools: Any, fields: Any = None, **options: Any) -> Json:
    """Return the body of a call with bound tools."""
    service = Service()
    model = service.model(route, **(fields or {}))
    tools = tools or (add, subtract)
    return service.asked(model.bind_tools(list(tools), tool_choice=choice, **options))


def names(body: Json) -> list[str]:
    return [each.get("function", each)["name"] for each in body["tools"]]


NAMED = {"type": "function", "function": {"name": "add"}}
FLAT = {"type": "function", "name": "add"}
OF_CLAUDE = {"type": "tool", "name": "add"}
CHOICES: list[tuple[Any, Any, Any, Any]] = [
    # given, on chat/completions, to Claude, on /responses
    (None, None, None, None),
    (False, None, None, None),
    ("auto", "auto", {"type": "auto"}, "auto"),
    ("any", "required", {"type": "any"}, "required"),
    ("required", "required", {"type": "any"}, "required"),
    ("none", "none", {"type": "none"}, "none"),
    ("add", NAMED, OF_CLAUDE, FLAT),
    (NAMED, NAMED, OF_CLAUDE, FLAT),
    (FLAT, NAMED, OF_CLAUDE, FLAT),
    (OF_CLAUDE, NAMED, OF_CLAUDE, FLAT),
    ({"type": "any"}, "required", {"type": "any"}, "required"),
    ({"type": "auto"}, "auto", {"type": "auto"}, "auto"),
    ({"type": "none"}, "none", {"type": "none"}, "none"),
]


FORM_OF = {"chat": 0, "claude": 1, "messages": 1, "responses": 2}


@pytest.mark.parametrize(("route", "form"), FORM_OF.items())
def test_a_choice_has_the_form_of_its_endpoint(route: str, form: int) -> None:
    for given, *forms in CHOICES:
        assert choosing(route, given).get("tool_choice") == forms[form], given
        body = sent.body(route, tools=[add, subtract], tool_choice=given)  # without binding them
        assert body.get("tool_choice") == forms[form], given
        assert names(body) == ["add", "subtract"]


def test_true_is_the_only_tool() -> None:
    assert choosing("chat", True, add)["tool_choice"] == NAMED  # noqa: FBT003  # as users write it
    with pytest.raises(ConfigurationError, match=r"the only tool, but 2 are bound: \['add', 'sub"):
        choosing("chat", True)  # noqa: FBT003  # the same


def test_a_name_that_is_not_bound_is_refused() -> None:
    said = r"'ad' is neither a bound tool \(add, subtract\) nor one of auto, any, required, none"
    with pytest.raises(ConfigurationError, match=said):
        choosing("chat", "ad")
    with pytest.raises(ConfigurationError, match=r"a bound tool \(none\)"):
        Service().model().bind_tools([], tool_choice="add")


def test_a_tool_may_be_called_as_a_word_is() -> None:
    own = {"type": "function", "function": {"name": "any"}}
    assert choosing("chat", "any", own)["tool_choice"]["function"] == {"name": "any"}


def test_a_tool_of_the_service_is_chosen_by_its_name_or_type() -> None:
    chosen = choosing("messages", "web_search", SEARCH, add)["tool_choice"]
    assert chosen == {"type": "tool", "name": "web_search"}
    preview = {"type": "web_search_preview"}
    for choice in ("web_search_preview", preview):
        assert choosing("responses", choice, preview, add)["tool_choice"] == preview
    odd = {"type": "function", "name": "function"}
    assert choosing("responses", "function", odd)["tool_choice"] == odd


# --- allowed tools
ALLOWED = {"mode": "required", "tools": [NAMED]}
KEPT = {"type": "allowed_tools", "allowed_tools": ALLOWED}


@pytest.mark.parametrize("given", [KEPT, {"type": "allowed_tools", **ALLOWED}])
def test_allowed_tools_leave_the_others_out_where_there_is_no_such_choice(given: Json) -> None:
    for model in (UNKNOWN, "x-ai/grok-4-5"):
        body = choosing(model, given)
        assert (body["tool_choice"], names(body)) == (KEPT, ["add", "subtract"])
    words = {GPT: "required", "claude": {"type": "any"}, "responses": "required"}
    for model, word in words.items():
        body = choosing(model, given)
        assert (body["tool_choice"], names(body)) == (word, ["add"])


def test_allowed_tools_force_nothing_unless_they_say_so() -> None:
    for mode in ({"mode": "auto"}, {}, {"mode": "odd"}):
        body = choosing("responses", {"type": "allowed_tools", "tools": [NAMED], **mode})
        assert (body["tool_choice"], names(body)) == ("auto", ["add"])
        assert "tools" not in choosing("responses", {"type": "allowed_tools", **mode})


def test_a_named_choice_that_is_not_documented_becomes_the_only_tool() -> None:
    body = choosing(NO_NAMED_CHOICE, "subtract")
    assert (body["tool_choice"], names(body)) == ("required", ["subtract"])
    body = choosing(NO_NAMED_CHOICE, "any")
    assert (body["tool_choice"], names(body)) == ("required", ["add", "subtract"])


# --- several calls at a time
PARALLEL: list[tuple[Any, Any, Any]] = [
    # choice, parallel_tool_calls, the choice of Claude
    (None, False, {"type": "auto", NO_PARALLEL: True}),
    ("required", False, {"type": "any", NO_PARALLEL: True}),
    ("add", False, {**OF_CLAUDE, NO_PARALLEL: True}),
    ("none", False, {"type": "none"}),
    (None, True, None),
    ("any", True, {"type": "any"}),
    ({"type": "any", NO_PARALLEL: False}, False, {"type": "any", NO_PARALLEL: False}),
]


@pytest.mark.parametrize(("choice", "parallel", "claude"), PARALLEL)
def test_several_calls_at_a_time(choice: Any, parallel: Any, claude: Any) -> None:
    options = {} if parallel is None else {"parallel_tool_calls": parallel}
    for route in ("claude", "messages"):
        body = choosing(route, choice, **options)
        assert body.get("tool_choice") == claude
        assert "parallel_tool_calls" not in body
    for route in ("chat", "responses"):
        if not isinstance(choice, dict):
            assert choosing(route, choice, **options).get("parallel_tool_calls") is parallel


CLAUDES_SWITCH: list[tuple[Json, Any, bool]] = [
    # Claude's choice with its switch, then choice and parallel_tool_calls on chat/completions
    ({"type": "any", NO_PARALLEL: True}, "required", False),
    ({"type": "auto", NO_PARALLEL: False}, "auto", True),
    ({**OF_CLAUDE, NO_PARALLEL: True}, NAMED, False),
]


@pytest.mark.parametrize(("own", "choice", "parallel"), CLAUDES_SWITCH)
def test_claudes_own_switch_works_everywhere(own: Json, choice: Any, parallel: bool) -> None:  # noqa: FBT001  # a row
    assert choosing("claude", own)["tool_choice"] == own
    body = choosing("chat", own)
    assert (body["tool_choice"], body["parallel_tool_calls"]) == (choice, parallel)
    assert choosing("responses", own)["parallel_tool_calls"] is parallel


# --- while Claude thinks
@pytest.mark.parametrize(
    "choice", ["any", "required", "add", {"type": "tool", "name": "add"}, {"type": "any"}]
)
def test_a_thinking_claude_is_not_forced_to_call(choice: Any) -> None:
    for name in (OLD_CLAUDE, NEW_CLAUDE):
        model = Service().model(name, thinking=THINKING)
        with pytest.warns(UserWarning, match=f"{name} cannot be forced.*while it thinks") as caught:
            bound: Any = model.bind_tools([add], tool_choice=choice)
        assert [warning.filename for warning in caught] == [__file__]
        assert "tool_choice" not in bound.kwargs


UNFORCED: list[tuple[Json, Json]] = [
    ({"type": "any", NO_PARALLEL: True}, {"type": "auto", NO_PARALLEL: True}),
    ({**OF_CLAUDE, NO_PARALLEL: True}, {"type": "auto", NO_PARALLEL: True}),
    (KEPT, {"type": "auto"}),
]


@pytest.mark.parametrize(("choice", "left"), UNFORCED)
def test_what_else_a_forcing_choice_says_stays_while_claude_thinks(
    choice: Json, left: Json
) -> None:
    with pytest.warns(UserWarning, match="while it thinks"):
        body = choosing(OLD_CLAUDE, choice, fields={"thinking": THINKING})
    assert body["tool_choice"] == left
    assert names(body) == (["add"] if choice is KEPT else ["add", "subtract"])


UNFORCING: list[Any] = [
    *("auto", "none", None, {"type": "allowed_tools", "mode": "auto", "tools": [NAMED]}),
    *({"type": "auto", NO_PARALLEL: True}, {"type": "none", NO_PARALLEL: True}),
]


def test_a_choice_that_forces_nothing_stays_while_claude_thinks() -> None:
    for choice in UNFORCING:
        thinking = choosing(OLD_CLAUDE, choice, fields={"thinking": THINKING})
        assert thinking.get("tool_choice") == choosing(OLD_CLAUDE, choice).get("tool_choice")


THINKS: list[tuple[str, Json, bool]] = [
    (OLD_CLAUDE, {}, False),
    (OLD_CLAUDE, {"thinking": {"type": "disabled"}}, False),
    (OLD_CLAUDE, {"thinking": {"type": "adaptive"}}, True),
    (OLD_CLAUDE, {"reasoning": {"effort": "high"}}, True),
    (OLD_CLAUDE, {"reasoning_effort": "low"}, True),
    (OLD_CLAUDE, {"reasoning_effort": "none"}, False),
    ("alibaba/qwen3-32b", {"model_kwargs": {"enable_thinking": True}}, True),
    ("alibaba/qwen3-32b", {"model_kwargs": {"enable_thinking": False}}, False),
    ("gpt-5", {"reasoning_effort": "high"}, False),
    (UNKNOWN, {"thinking": THINKING}, True),
    ("gpt-5", {"request_schema": "anthropic", "reasoning_effort": "high"}, True),
]


@pytest.mark.filterwarnings("ignore:tool_choice='any' is left out")
def test_who_thinks_is_not_forced() -> None:
    for model, fields, thinks in THINKS:
        bound: Any = Service().model(model, **fields).bind_tools([add], tool_choice="any")
        assert ("tool_choice" not in bound.kwargs) is thinks, (model, fields)


def test_thinking_of_the_call_that_is_bound_counts() -> None:
    model = Service().model(OLD_CLAUDE)
    with pytest.warns(UserWarning, match="while it thinks"):
        bound: Any = model.bind_tools([add], tool_choice="any", thinking=THINKING)
    assert bound.kwargs.keys() == {"tools", "thinking"}
