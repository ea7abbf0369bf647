"""Whole bodies: what each conversation, and each option of a call, is sent as to each model."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from cases.call_options import OPTIONS
from cases.conversations import CONVERSATIONS, HI, MODELS
from doors.bodies import request_body

HERE = Path(__file__).parent / "cases"
SENT: dict[str, Any] = json.loads((HERE / "conversations.json").read_text(encoding="utf-8"))
ASKED: dict[str, Any] = json.loads((HERE / "call_options.json").read_text(encoding="utf-8"))


def sent(messages: list[Any], model: str, **options: Any) -> dict[str, Any]:
    """Return the body without the model, and the warnings."""
    id_, endpoint, schema = MODELS[model]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        body = request_body(messages, id_, endpoint=endpoint, schema=schema, **options)
    assert body.pop("model") == id_
    # As it is written: JSON knows no tuples, and no classes of ours.
    return {
        "body": json.loads(json.dumps(body)),
        "warnings": [str(warning.message) for warning in warned],
    }


@pytest.mark.parametrize(
    ("name", "model"), [(n, model) for n, row in SENT.items() for model in row]
)
def test_a_conversation_is_sent_as_it_was(name: str, model: str) -> None:
    assert sent(CONVERSATIONS[name], model) == SENT[name][model]


@pytest.mark.parametrize(
    ("name", "model"), [(n, model) for n, row in ASKED.items() for model in row]
)
def test_options_are_sent_as_they_were(name: str, model: str) -> None:
    assert sent([HI], model, **OPTIONS[name]) == ASKED[name][model]


def test_no_conversation_and_no_option_is_left_out() -> None:
    assert list(SENT) == list(CONVERSATIONS)
    assert list(ASKED) == list(OPTIONS)
