"""LangChain's suite on a model that always reasons, and that documents all kinds of input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from standard_suite import QUESTION, Suite

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

pytestmark = pytest.mark.vcr


class TestReasoning(Suite):
    model_id = "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning"
    model_override_value = "deepseek-reasoner"
    details = ("audio_input", "reasoning_output", "cache_read_input")

    def test_reasoning_is_a_block_of_its_own(self, model: BaseChatModel) -> None:
        first, *rest = model.stream(QUESTION)
        for message in (model.invoke(QUESTION), sum(rest, first)):
            thought, answer = message.content_blocks
            assert thought["type"] == "reasoning"
            assert thought["reasoning"]
            assert answer == {"type": "text", "text": message.text}
            assert thought["reasoning"] not in message.text

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        return self.ask("Say it again. " * 40, stream=stream)
