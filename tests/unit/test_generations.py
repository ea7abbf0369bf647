"""Whole answers made without validation equal validated ones in every respect."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration

from langchain_aimlapi._answers.chunks import text_generation

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata

USAGE: UsageMetadata = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


@pytest.mark.parametrize(
    ("text", "id_", "usage"), [("", None, None), ("Hi!", "msg_1", USAGE)], ids=["empty", "full"]
)
def test_an_answer_of_text_equals_a_validated_one(
    text: str, id_: str | None, usage: UsageMetadata | None
) -> None:
    metadata: dict[str, Any] = {"model_provider": "aimlapi", "model_name": "m"}
    made = text_generation(text, id_, usage, dict(metadata))
    validated = ChatGeneration(
        message=AIMessage(text, id=id_, usage_metadata=usage, response_metadata=metadata)
    )
    assert made == validated
    assert made.text == validated.text
    assert made.message.__dict__ == validated.message.__dict__
    assert made.model_dump() == validated.model_dump()
    assert dumpd(made.message) == dumpd(validated.message)
    assert made.message.content_blocks == validated.message.content_blocks
    for clone in (copy.deepcopy(made), pickle.loads(pickle.dumps(made)), made.model_copy()):  # noqa: S301  # our own bytes
        assert clone == validated
