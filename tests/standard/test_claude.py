"""LangChain's suite on a Claude model, in Claude's own request schema.

`anthropic/claude-sonnet-5` is of the newest documents, which take most: URLs, recordings, cache
marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from standard_suite import Details, Suite

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

pytestmark = [
    pytest.mark.vcr,
    # The schema has no response_format: json_mode and json_schema become a tool, with a warning.
    pytest.mark.filterwarnings("ignore:method='json_.*' needs response_format"),
]


class TestClaude(Suite):
    model_id = "anthropic/claude-sonnet-5"
    model_override_value = "claude-haiku-4-5"

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        # The newest Claude models document no temperature.
        params = super().standard_chat_model_params
        return {name: value for name, value in params.items() if name != "temperature"}

    @property
    def supported_usage_metadata_details(self) -> Details:
        return {
            "invoke": ["reasoning_output", "cache_read_input", "cache_creation_input"],
            "stream": ["reasoning_output", "cache_read_input", "cache_creation_input"],
        }

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return self.ask(
            "What is 17 * 23?", stream=stream, max_tokens=4096, thinking={"type": "adaptive"}
        )

    def invoke_with_cache_creation_input(self, *, stream: bool = False) -> AIMessage:
        return self.ask(self._marked("calm"), stream=stream)

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        first = self._marked("kind")
        answer = self.ask(first, stream=stream)
        return self.ask([*first, answer, HumanMessage("And the second?")], stream=stream)

    def _marked(self, what: str) -> list[BaseMessage]:
        rules = " ".join(f"Rule {number}: be {what}." for number in range(400))
        mark = {"type": "ephemeral"}
        return [
            SystemMessage([{"type": "text", "text": rules, "cache_control": mark}]),
            HumanMessage("Do you know the first rule?"),
        ]
