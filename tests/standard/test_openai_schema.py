"""LangChain's suite on a model of the OpenAI-style schema, which fronts another vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from standard_suite import Suite

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

pytestmark = pytest.mark.vcr


class TestOpenAISchema(Suite):
    model_id = "google/gemini-3-5-flash"
    model_override_value = "gpt-4o-mini"
    details = ("audio_input", "audio_output", "reasoning_output", "cache_read_input")
    thinking: ClassVar[dict[str, Any]] = {"reasoning_effort": "high"}

    def invoke_with_audio_output(self, *, stream: bool = False) -> AIMessage:
        return self.ask(  # Gemini does not speak; a model of the same schema does
            "Say hello.",
            stream=stream,
            model="gpt-4o-audio-preview",
            modalities=["text", "audio"],
            audio={"voice": "alloy", "format": "pcm16" if stream else "wav"},
        )
