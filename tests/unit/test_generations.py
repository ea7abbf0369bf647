"""Whole answers made without validation equal validated ones in every respect."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from doors.answers import read_answer
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata

SENT = {"prompt_tokens": 1, "completion_tokens": 2}
USAGE: UsageMetadata = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


@pytest.mark.parametrize(
    ("text", "id_", "usage"), [("", None, None), ("Hi!", "msg_1", USAGE)], ids=["empty", "full"]
)
def test_an_answer_of_text_equals_a_validated_one(
    text: str, id_: str | None, usage: UsageMetadata | None
) -> None:
    body: dict[str, Any] = {"model": "m", "choices": [{"message": {"content": text}}]}
    body |= {"id": id_, "usage": SENT if usage else None}
    (made,) = read_answer(body).generations
    metadata = dict(made.message.response_metadata)
    assert {"model_provider": "aimlapi", "model_name": "m"}.items() <= metadata.items()
    validated = ChatGeneration(
        message=AIMessage(text, usage_metadata=usage, response_metadata=metadata),
        generation_info=made.generation_info,
    )
    assert made == validated
    assert made.text == validated.text
    assert made.message.__dict__ == validated.message.__dict__
    assert made.model_dump() == validated.model_dump()
    assert dumpd(made.message) == dumpd(validated.message)
    assert made.message.content_blocks == validated.message.content_blocks
    for clone in (copy.deepcopy(made), pickle.loads(pickle.dumps(made)), made.model_copy()):  # noqa: S301  # our own bytes
        assert clone == validated
