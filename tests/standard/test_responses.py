"""LangChain's suite on a model that is served on the Responses endpoint and nowhere else.

`openai/gpt-5-4` reasons, and its document has most of what the endpoint has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_tests.integration_tests.chat_models import magic_function
from standard_suite import RECORDING, Suite

from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

pytestmark = [
    pytest.mark.vcr,
    # The endpoint has no stop sequences: they are left out, with a warning.
    pytest.mark.filterwarnings("ignore:The Responses endpoint has no stop sequences"),
]


class TestResponses(Suite):
    model_id = "openai/gpt-5-4"
    model_override_value = "openai/gpt-5-pro"
    details = ("reasoning_output", "cache_read_input")
    thinking: ClassVar[dict[str, Any]] = {"reasoning": {"effort": "high", "summary": "auto"}}

    # No document of the endpoint has sound; the suite would skip what a flag switches off.
    not_of_this_endpoint = ("test_audio_inputs",)

    def test_sound_is_refused_before_it_is_sent(self, model: BaseChatModel) -> None:
        with pytest.raises(UnsupportedContentError, match="takes no audio"):
            model.invoke([HumanMessage([RECORDING])])

    def test_sealed_reasoning_goes_back_with_the_results_of_tools(
        self, model: BaseChatModel
    ) -> None:
        with_tools = model.bind_tools([magic_function])
        question = HumanMessage("What is the value of magic_function(3)? Use the tool.")
        for stream in (False, True):
            asked: Any = with_tools.invoke([question])
            if stream:
                first, *rest = with_tools.stream([question])
                asked = sum(rest, first)
            (call,) = asked.tool_calls
            kinds = [block["type"] for block in asked.content_blocks]
            assert kinds == ["reasoning", "tool_call"]
            result = ToolMessage("5", tool_call_id=call["id"])
            answer = with_tools.invoke([question, asked, result])
            assert "5" in answer.text
