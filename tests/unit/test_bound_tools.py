"""Bound tools are written once, and anew when they are edited in place."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from cases.sent import CHAT, TOOL, WAYS, Sent, Word

from langchain_aimlapi.errors import ConfigurationError, InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable


def _function(tools: list[Any]) -> Any:
    return tools[0]["function"]


TOOL_EDITS: tuple[Callable[[list[Any]], object], ...] = (
    lambda _: None,
    lambda tools: _function(tools).update(description="Tell it."),
    lambda tools: _function(tools)["parameters"]["properties"].update(day={"type": "integer"}),
    lambda tools: _function(tools)["parameters"]["properties"]["day"].update(default=1),
    lambda tools: _function(tools)["parameters"]["properties"]["day"].update(default=True),
    lambda tools: _function(tools)["parameters"].update(required=["day"]),
    lambda tools: _function(tools)["parameters"]["required"].append("city"),
    lambda tools: _function(tools)["parameters"]["required"].clear(),
    lambda tools: _function(tools)["parameters"].pop("required"),
    lambda tools: tools.append(deepcopy(tools[0])),
    lambda tools: tools[1]["function"].update(name="another"),
    lambda tools: tools.reverse(),
    lambda tools: tools.pop(),
)


class TestTools:
    def test_tools_edited_in_place_are_sent_as_they_are_now(self) -> None:
        sent = Sent(**CHAT)
        bound: Any = sent.model.bind_tools([deepcopy(TOOL)])
        for value in (True, 1, False, 0, None, 1.0, "1"):
            with pytest.raises(InvalidRequestError):
                bound.invoke("Hi")
            function = bound.kwargs["tools"][0]["function"]
            function["parameters"]["properties"]["city"]["default"] = value
            with pytest.raises(InvalidRequestError):
                bound.invoke("Hi")
            written = json.dumps({"default": value}, separators=(",", ":"))[1:-1].encode()
            assert written in sent.raw[-1]

    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.filterwarnings("ignore:google/gemma-3-4b-it documents no tools")
    def test_however_tools_are_edited_what_is_sent_is_that_of_new_ones(self, way: str) -> None:
        sent, fresh = Sent(**WAYS[way]), Sent(**WAYS[way])
        bound: Any = sent.model.bind_tools([deepcopy(TOOL), deepcopy(TOOL)])
        tools = bound.kwargs["tools"]
        first = deepcopy(tools)
        for edit in TOOL_EDITS:
            edit(tools)
            for other, model in ((sent, bound), (fresh, fresh.model.bind(tools=deepcopy(tools)))):
                with pytest.raises(InvalidRequestError):
                    model.invoke("Hi")
                assert other.raw[-1]
            assert json.loads(sent.raw[-1]) == json.loads(fresh.raw[-1])
        tools[:] = first
        with pytest.raises(InvalidRequestError):
            bound.invoke("Hi")
        with pytest.raises(InvalidRequestError):
            fresh.model.bind(tools=first).invoke("Hi")
        assert sent.raw[-1] == fresh.raw[-1]

    @pytest.mark.parametrize("name", ["stop", "extra_body", "tools", "response_format"])
    def test_a_bound_argument_that_is_filled_in_place_is_sent(self, name: str) -> None:
        sent = Sent(**CHAT)
        value: Any = {"extra_body": {}, "response_format": {"type": "text"}}.get(name, [])
        bound: Any = sent.model.bind(**{name: value})
        with pytest.raises(InvalidRequestError):
            bound.invoke("Hi")
        if name == "stop":
            value.append("END")
        elif name == "tools":
            value.append(deepcopy(TOOL))
        elif name == "extra_body":
            value["top_k"] = 5
        else:
            value["type"] = "json_object"
        with pytest.raises(InvalidRequestError):
            bound.invoke("Hi")
        body = json.loads(sent.raw[-1])
        assert (body["top_k"] == 5) if name == "extra_body" else (body[name] == value)

    @pytest.mark.parametrize("value", [np.float64(0.5), Word("a")])
    def test_a_number_or_a_text_of_a_class_is_sent(self, value: Any) -> None:
        sent = Sent(**CHAT)
        bound: Any = sent.model.bind_tools([deepcopy(TOOL)])
        function = bound.kwargs["tools"][0]["function"]
        function["parameters"]["properties"]["city"]["default"] = value
        with pytest.raises(InvalidRequestError):
            bound.invoke("Hi")
        function = json.loads(sent.raw[-1])["tools"][0]["function"]
        assert function["parameters"]["properties"]["city"]["default"] == value

    @pytest.mark.parametrize("value", [float("nan"), date(2026, 1, 1), {1, 2}, b"x", object()])
    def test_a_value_that_json_has_no_form_for_is_refused(self, value: Any) -> None:
        sent = Sent(**CHAT)
        bound: Any = sent.model.bind_tools([deepcopy(TOOL)])
        function = bound.kwargs["tools"][0]["function"]
        function["parameters"]["properties"]["city"]["default"] = value
        with pytest.raises(ConfigurationError, match="cannot be written as JSON"):
            bound.invoke("Hi")
        assert sent.raw == []
