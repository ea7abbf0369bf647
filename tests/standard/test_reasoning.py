"""LangChain's suite on a model that always reasons, and that documents all kinds of input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from standard_suite import Details, Suite

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

pytestmark = pytest.mark.vcr


class TestReasoning(Suite):
    model_id = "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning"
    model_override_value = "deepseek-reasoner"

    @property
    def supported_usage_metadata_details(self) -> Details:
        details = ["audio_input", "reasoning_output", "cache_read_input"]
        return {"invoke": [*details], "stream": [*details]}

    def test_reasoning_is_a_block_of_its_own(self, model: BaseChatModel) -> None:
        question = "What is 17 * 23?"
        first, *rest = model.stream(question)
        for message in (model.invoke(question), sum(rest, first)):
            thought, answer = message.content_blocks
            assert thought["type"] == "reasoning"
            assert thought["reasoning"]
            assert answer == {"type": "text", "text": message.text}
            assert thought["reasoning"] not in message.text

    def invoke_with_audio_input(self, *, stream: bool = False) -> AIMessage:
        recording = {"type": "audio", "base64": "UklGRg==", "mime_type": "audio/wav"}
        question = {"type": "text", "text": "What is being said?"}
        return self.ask([HumanMessage([question, recording])], stream=stream)

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return self.ask("What is 17 * 23?", stream=stream)

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        return self.ask("Say it again. " * 40, stream=stream)
