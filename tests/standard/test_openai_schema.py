"""LangChain's suite on a model of the OpenAI-style schema, which fronts another vendor."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from standard_suite import Details, Suite

pytestmark = pytest.mark.vcr


class TestOpenAISchema(Suite):
    model_id = "google/gemini-3-5-flash"
    model_override_value = "gpt-4o-mini"

    @property
    def supported_usage_metadata_details(self) -> Details:
        return {
            "invoke": ["audio_input", "audio_output", "reasoning_output", "cache_read_input"],
            "stream": ["audio_input", "audio_output", "reasoning_output", "cache_read_input"],
        }

    def invoke_with_audio_input(self, *, stream: bool = False) -> AIMessage:
        recording = {"type": "audio", "base64": "UklGRg==", "mime_type": "audio/wav"}
        question = {"type": "text", "text": "What is being said?"}
        return self.ask([HumanMessage([question, recording])], stream=stream)

    def invoke_with_audio_output(self, *, stream: bool = False) -> AIMessage:
        return self.ask(  # Gemini does not speak; a model of the same schema does
            "Say hello.",
            stream=stream,
            model="gpt-4o-audio-preview",
            modalities=["text", "audio"],
            audio={"voice": "alloy", "format": "pcm16" if stream else "wav"},
        )

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return self.ask("What is 17 * 23?", stream=stream, reasoning_effort="high")

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        rules = " ".join(f"Rule {number}: be kind." for number in range(400))
        return self.ask(f"{rules} Do you know the first rule?", stream=stream)
