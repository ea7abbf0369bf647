"""What all configurations of LangChain's own suite share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from langchain_tests.integration_tests import ChatModelIntegrationTests

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import AIMessage, BaseMessage

Details = dict[
    Literal["invoke", "stream"],
    list[
        Literal[
            "audio_input",
            "audio_output",
            "reasoning_output",
            "cache_read_input",
            "cache_creation_input",
        ]
    ],
]


class Suite(ChatModelIntegrationTests):
    """Every capability that the suite can ask about: none is switched off."""

    model_id: str

    @property
    def chat_model_class(self) -> type[ChatAIMLAPI]:
        return ChatAIMLAPI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.model_id}

    supports_image_inputs = True
    supports_image_urls = True
    supports_pdf_inputs = True
    supports_audio_inputs = True
    supports_image_tool_message = True
    supports_pdf_tool_message = True
    supports_json_mode = True
    supports_anthropic_inputs = True
    enable_vcr_tests = True

    def ask(
        self, messages: str | Sequence[BaseMessage], *, stream: bool, **settings: Any
    ) -> AIMessage:
        """Return the answer of a model that is made for one of the hooks below."""
        model = self.chat_model_class(**{"model": self.model_id, **settings})
        if not stream:
            return model.invoke(messages)
        first, *rest = model.stream(messages)
        return cast("AIMessage", sum(rest, first))
