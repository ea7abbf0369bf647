"""LangChain's own unit suite, for a model of each request schema."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from langchain_core.load import load
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_aimlapi import ChatAIMLAPI

KEY = "test-key"


class _Standard(ChatModelUnitTests):
    model_id: str

    @property
    def chat_model_class(self) -> type[ChatAIMLAPI]:
        return ChatAIMLAPI

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.model_id, "api_key": KEY}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"AIMLAPI_API_KEY": KEY, "AIMLAPI_API_BASE": "https://gateway.test/v1"},
            {"model": self.model_id},
            {"api_key": KEY, "base_url": "https://gateway.test/v1"},
        )

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "function_calling"}

    supports_image_inputs = True
    supports_image_urls = True
    supports_pdf_inputs = True
    supports_json_mode = True
    supports_anthropic_inputs = True
    supports_image_tool_message = True
    supports_pdf_tool_message = True


# The Claude schema has no response_format: the methods that need it ask by function calling
# instead, with a warning; see tests/requests/test_structured_requests.py. Strict tools are left out
# in the same way; see tests/requests/test_tools.py.
@pytest.mark.filterwarnings("ignore:method='json_.*' needs response_format")
@pytest.mark.filterwarnings("ignore:.* documents no strict tools")
class TestClaudeSchema(_Standard):
    model_id = "anthropic/claude-sonnet-4"


class TestOpenAISchema(_Standard):
    model_id = "openai/gpt-4o"
    supports_audio_inputs = True


@pytest.fixture(autouse=True)
def _loadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `load` in the suite revive a class that is not LangChain's own.

    The suite calls it with `allowed_objects="all"`, which knows the packages that LangChain lists.
    Others are let in by `additional_import_mappings`, which the suite has no way to pass.
    """
    ours = ("langchain_aimlapi", "chat_models", "ChatAIMLAPI")
    allowing = partial(load, additional_import_mappings={ours: ours})
    monkeypatch.setattr("langchain_tests.unit_tests.chat_models.load", allowing)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIMLAPI_API_KEY", "AIMLAPI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
