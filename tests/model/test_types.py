"""What type checkers are told of the arguments is what is taken. `make types` runs the checkers."""

from __future__ import annotations

from typing import Any

import pytest
from typed_program import right, right_embeddings

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI

# No user sees these tables but through a type checker; here they are held against the fields.
from langchain_aimlapi._model.arguments import argument_names
from langchain_aimlapi._model.fields import ChatArguments
from langchain_aimlapi.embeddings import EmbeddingsArguments


def test_what_type_checkers_take_is_taken() -> None:
    assert {model.model for model in right()} == {"openai/gpt-4o", "anthropic/claude-sonnet-4"}
    assert {model.model for model in right_embeddings()} == {"text-embedding-3-small"}


@pytest.mark.parametrize(
    ("table", "kind"), [(ChatArguments, ChatAIMLAPI), (EmbeddingsArguments, AIMLAPIEmbeddings)]
)
def test_each_argument_has_a_type_for_type_checkers(table: Any, kind: Any) -> None:
    assert {*table.__annotations__, "model", "model_name"} == argument_names(kind)
