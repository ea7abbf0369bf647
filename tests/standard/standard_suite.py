"""What all configurations of LangChain's own suite share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import AIMessage, BaseMessage

QUESTION = "What is 17 * 23?"
RECORDING = {"type": "audio", "base64": "UklGRg==", "mime_type": "audio/wav"}


class Suite(ChatModelIntegrationTests):
    """Every capability that the suite can ask about: none is switched off."""

    model_id: str
    settings: ClassVar[dict[str, Any]] = {}
    details: Sequence[str] = ()
    """Of the usage, of whole answers and of streams."""
    thinking: ClassVar[dict[str, Any]] = {}
    """What lets the model think."""

    @property
    def chat_model_class(self) -> type[ChatAIMLAPI]:
        return ChatAIMLAPI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.model_id, **self.settings}

    supports_image_inputs = True
    supports_image_urls = True
    supports_pdf_inputs = True
    supports_audio_inputs = True
    supports_image_tool_message = True
    supports_pdf_tool_message = True
    supports_json_mode = True
    supports_anthropic_inputs = True
    enable_vcr_tests = True

    @property
    def supported_usage_metadata_details(self) -> Any:
        return {"invoke": [*self.details], "stream": [*self.details]}

    def ask(
        self, messages: str | Sequence[BaseMessage], *, stream: bool, **settings: Any
    ) -> AIMessage:
        """Return the answer of a model that is made for one of the hooks below."""
        model = self.chat_model_class(**{**self.chat_model_params, **settings})
        if not stream:
            return model.invoke(messages)
        first, *rest = model.stream(messages)
        return cast("AIMessage", sum(rest, first))

    def invoke_with_audio_input(self, *, stream: bool = False) -> AIMessage:
        question = {"type": "text", "text": "What is being said?"}
        return self.ask([HumanMessage([question, RECORDING])], stream=stream)

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return self.ask(QUESTION, stream=stream, **self.thinking)

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        return self.ask(f"{rules('kind')} Do you know the first rule?", stream=stream)


class ClaudeSuite(Suite):
    """A Claude of the newest documents, which take most: URLs, recordings, cache marks."""

    model_id = "anthropic/claude-sonnet-5"
    details = ("reasoning_output", "cache_read_input", "cache_creation_input")
    thinking: ClassVar[dict[str, Any]] = {"max_tokens": 4096, "thinking": {"type": "adaptive"}}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        # The newest Claude models document no temperature.
        params = super().standard_chat_model_params
        return {name: value for name, value in params.items() if name != "temperature"}

    def invoke_with_cache_creation_input(self, *, stream: bool = False) -> AIMessage:
        return self.ask(marked("calm"), stream=stream)

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        first = marked("kind")
        answer = self.ask(first, stream=stream)
        return self.ask([*first, answer, HumanMessage("And the second?")], stream=stream)


def rules(what: str) -> str:
    """Return more text than the shortest that is cached."""
    return " ".join(f"Rule {number}: be {what}." for number in range(400))


def marked(what: str) -> list[BaseMessage]:
    """Return a question behind instructions that are marked for the cache."""
    mark = {"type": "ephemeral"}
    return [
        SystemMessage([{"type": "text", "text": rules(what), "cache_control": mark}]),
        HumanMessage("Do you know the first rule?"),
    ]
