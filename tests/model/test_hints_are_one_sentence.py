"""What an error says to do next: one sentence, and only what can be the reason."""

from __future__ import annotations

import re
from typing import Any

import pytest

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI, catalogue
from langchain_aimlapi.errors import AIMLAPIError
from langchain_aimlapi.testing import Failure, answers

GPT, VECTORS = "openai/gpt-4o", "text-embedding-3-small"
LISTED = [catalogue.CatalogueModel(name) for name in (GPT, "openai/gpt-4.1")]


def refusing(status: int, message: str) -> Any:
    return {"max_retries": 0, **answers([Failure(status, message)])}


def chat(model: str, status: int, message: str, **settings: Any) -> Any:
    return lambda: ChatAIMLAPI(model, **refusing(status, message), **settings).invoke("Hi")


def embed(model: str, status: int, message: str, **settings: Any) -> Any:
    embeddings = AIMLAPIEmbeddings(model, **refusing(status, message), **settings)
    return lambda: embeddings.embed_query("Hi")


HINTS: list[tuple[Any, str]] = [
    (
        chat(GPT, 404, "?"),
        "openai/gpt-4o is a documented model, so check base_url; it usually ends in /v1.",
    ),
    (chat("zzz/zzzzzz", 404, "?"), "Check model and base_url."),
    (chat("Qwen/QwQ-32B", 404, "?"), "Qwen/QwQ-32B is retired: choose another model."),
    (chat("claude-sonet-4", 400, "Bad model"), "'claude-sonet-4' is not a documented model id"),
    (
        chat("openai/gpt-5-pro", 404, "?", endpoint="chat/completions"),
        "openai/gpt-5-pro is documented on responses, not on chat/completions: set endpoint=",
    ),
    (
        chat("voyage-2", 400, "?"),
        "voyage-2 is an embedding model: use AIMLAPIEmbeddings(model='voyage-2').",
    ),
    (
        chat(GPT, 400, "Unknown parameter: seed.", seed=1),
        "Leave out seed where you set it (in the call, in the model or in its extra_body), or pass",
    ),
    (
        chat(GPT, 400, "Unrecognized: top_z. Is it seed?", extra_body={"top_z": 3, "seed": 1}),
        "Leave out top_z where you set it",
    ),
    (
        chat(GPT, 400, "seed and top_p are not supported.", seed=1, top_p=1),
        "Leave out seed and top_p where you set them (in the call, in the model or in its",
    ),
    (
        chat(GPT, 400, "Unknown parameter: stream_options.", streaming=True),
        "Set stream_usage=False to leave out stream_options.",
    ),
    (
        embed(VECTORS, 400, "Unknown parameter: dimensions.", dimensions=9),
        "Leave out dimensions where you set it: in the model or in its extra_body.",
    ),
    (
        embed(VECTORS, 400, "Unknown parameter: encoding_format."),
        'Set encoding_format="float": unless it is set, base64 is asked for.',
    ),
    (embed(GPT, 400, "?"), "openai/gpt-4o is a chat model: use ChatAIMLAPI(model="),
    (lambda: catalogue.find_model("openai/gpt4o", LISTED), "Did you mean openai/gpt-4o or openai"),
]


@pytest.mark.filterwarnings("ignore:.* not documented on the endpoint")
@pytest.mark.filterwarnings("ignore:.*is an embedding model")
@pytest.mark.parametrize(("call", "hint"), HINTS)
def test_a_hint_is_one_sentence(call: Any, hint: str) -> None:
    with pytest.raises(AIMLAPIError) as failed:
        call()
    said = failed.value.hint
    assert said is not None
    assert said.startswith(hint)
    assert re.search(r"[.?]$", said)
    assert not re.search(r"[.?!]\s", said)
