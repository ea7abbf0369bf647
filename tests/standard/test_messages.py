"""LangChain's suite on Claude's own endpoint, `/messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from standard_suite import Details, Suite

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

pytestmark = [
    pytest.mark.vcr,
    # The endpoint has no response_format: json_mode and json_schema become a tool, with a warning.
    pytest.mark.filterwarnings("ignore:method='json_.*' needs response_format"),
]


class TestMessages(Suite):
    model_id = "anthropic/claude-sonnet-5"
    model_override_value = "anthropic/claude-sonnet-4"

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {**super().chat_model_params, "endpoint": "messages"}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        # The documents of this endpoint have no temperature.
        params = super().standard_chat_model_params
        return {name: value for name, value in params.items() if name != "temperature"}

    @property
    def supported_usage_metadata_details(self) -> Details:
        details = ["reasoning_output", "cache_read_input", "cache_creation_input"]
        return {"invoke": [*details], "stream": [*details]}

    def test_a_signed_thought_is_a_block_of_its_own(self, model: BaseChatModel) -> None:
        question = "What is 17 * 23?"
        thinking = {"type": "adaptive"}
        first, *rest = model.stream(question, thinking=thinking)
        for message in (model.invoke(question, thinking=thinking), sum(rest, first)):
            thought, answer = message.content_blocks
            assert thought["type"] == "reasoning"
            assert thought["extras"]["signature"]
            assert answer == {"type": "text", "text": message.text}

    def ask(self, messages: str | list[BaseMessage], *, stream: bool, **settings: Any) -> AIMessage:
        return super().ask(messages, stream=stream, endpoint="messages", **settings)

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
