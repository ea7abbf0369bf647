"""LangChain's own suites for embeddings, on a model of each kind of document."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from langchain_aimlapi import AIMLAPIEmbeddings


class TestUnit(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[AIMLAPIEmbeddings]:
        return AIMLAPIEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "text-embedding-3-small", "api_key": "sk-test-0123456789"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return (
            {"AIMLAPI_API_KEY": "sk-from-env-0123", "AIMLAPI_API_BASE": "https://example.com/v1"},
            {"model": "text-embedding-3-small"},
            {"api_key": "sk-from-env-0123", "base_url": "https://example.com/v1"},
        )


class Suite(EmbeddingsIntegrationTests):
    model_id: str
    settings: dict[str, Any] = {}  # noqa: RUF012  # read only

    @property
    def embeddings_class(self) -> type[AIMLAPIEmbeddings]:
        return AIMLAPIEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": self.model_id, **self.settings}


@pytest.mark.vcr
class TestOpenAI(Suite):
    model_id = "text-embedding-3-small"
    settings = {"dimensions": 32}  # noqa: RUF012  # read only


@pytest.mark.vcr
class TestGoogle(Suite):
    model_id = "text-multilingual-embedding-002"
    settings = {"dimensions": 32}  # noqa: RUF012  # read only


@pytest.mark.vcr
class TestQwen(Suite):
    model_id = "alibaba/qwen-text-embedding-v4"
    settings = {"dimensions": 64}  # noqa: RUF012  # read only
