"""A tool's dict that holds something other than JSON is refused with one clear error."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError

ARRAY = np.array([1, 2])


def function(**members: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f", "parameters": {}, **members}}


TOOLS: dict[str, dict[str, Any]] = {
    "its description": function(description=ARRAY),
    "its parameters": function(parameters=ARRAY),
    "the type of its parameters": function(parameters={"type": ARRAY}),
    "its properties": function(parameters={"type": "object", "properties": ARRAY}),
    "a default": function(
        parameters={"type": "object", "properties": {"a": {"type": "array", "default": ARRAY}}}
    ),
    "an enum of Claude's form": {
        "name": "f",
        "input_schema": {"type": "object", "properties": {"a": {"enum": ARRAY}}},
    },
    "a number of numpy": function(
        parameters={"type": "object", "properties": {"a": {"maximum": np.int64(3)}}}
    ),
}


@pytest.mark.parametrize("endpoint", ["chat/completions", "responses", "messages"])
@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
@pytest.mark.filterwarnings("ignore:.* is not documented on the endpoint")
def test_a_tool_with_a_value_of_numpy_is_a_configuration_error(
    tool: dict[str, Any], endpoint: Any
) -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request)

    model = ChatAIMLAPI(
        model="openai/gpt-4o",
        api_key="sk-test",
        endpoint=endpoint,
        http_client=httpx.Client(transport=httpx.MockTransport(never)),
    )
    with pytest.raises(ConfigurationError, match="not JSON serializable"):
        model.bind_tools([tool]).invoke("Hi!")
