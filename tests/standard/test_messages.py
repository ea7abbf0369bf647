"""LangChain's suite on Claude's own endpoint, `/messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from standard_suite import QUESTION, ClaudeSuite

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

pytestmark = [
    pytest.mark.vcr,
    # The endpoint has no response_format: json_mode and json_schema become a tool, with a warning.
    pytest.mark.filterwarnings("ignore:method='json_.*' needs response_format"),
]


class TestMessages(ClaudeSuite):
    model_override_value = "anthropic/claude-sonnet-4"
    settings: ClassVar[dict[str, Any]] = {"endpoint": "messages"}

    def test_a_signed_thought_is_a_block_of_its_own(self, model: BaseChatModel) -> None:
        thinking = {"type": "adaptive"}
        first, *rest = model.stream(QUESTION, thinking=thinking)
        for message in (model.invoke(QUESTION, thinking=thinking), sum(rest, first)):
            thought, answer = message.content_blocks
            assert thought["type"] == "reasoning"
            assert thought["extras"]["signature"]
            assert answer == {"type": "text", "text": message.text}
