"""Which of several answers is streamed, which error comes, and what it says to do."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import (
    AIMLAPIError,
    ContextLengthError,
    InsufficientCreditsError,
    InvalidRequestError,
    NotFoundError,
    RateLimitError,
    ServerError,
)

CREDITS = {"message": "Insufficient credits"}
TOO_LONG = "This model's maximum context length is 8192 tokens"


def answering(response: httpx.Response, **fields: Any) -> ChatAIMLAPI:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: response))
    given = {"model": "openai/gpt-4o", "api_key": "test-key", "max_retries": 0}
    return ChatAIMLAPI(**{**given, "http_client": client, **fields})


def streaming(*choices: dict[str, Any]) -> httpx.Response:
    chunks = (b"data: " + json.dumps({"id": "1", "choices": [c]}).encode() for c in choices)
    body = b"\n\n".join((*chunks, b"data: [DONE]", b""))
    return httpx.Response(200, content=body, headers={"content-type": "text/event-stream"})


@pytest.mark.parametrize(("n", "text"), [(2, "mine"), (None, "another mine")])
def test_of_several_answers_the_first_is_streamed(n: int | None, text: str) -> None:
    response = streaming(
        {"index": 0, "delta": {"reasoning_content": "Hm."}},
        {"index": 1, "delta": {"content": "another "}},
        {"index": 1 if n is None else 0, "delta": {"content": "mine"}, "finish_reason": "stop"},
    )
    chunks = list(answering(response, n=n).stream("Hi!"))
    assert "".join(chunk.text for chunk in chunks) == text


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("Qwen/QwQ-32B", "Qwen/QwQ-32B is retired: choose another model."),
        ("openai/gpt-4o", "Check base_url: openai/gpt-4o is a documented model."),
        (
            "openai/gpt-4oo",
            "'openai/gpt-4oo' is not a documented model id: did you mean openai/gpt-4o",
        ),
    ],
)
def test_a_model_that_is_not_found_comes_with_what_to_do(model: str, hint: str) -> None:
    response = httpx.Response(404, json={"message": "Not found"})
    with pytest.raises(NotFoundError) as failed:
        answering(response, model=model).invoke("Hi!")
    assert hint in str(failed.value)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, CREDITS, InsufficientCreditsError),
        (402, CREDITS, InsufficientCreditsError),
        (403, CREDITS, InsufficientCreditsError),
        (429, CREDITS, InsufficientCreditsError),
        (404, CREDITS, NotFoundError),
        (500, CREDITS, ServerError),
        (400, {"message": "No"}, InvalidRequestError),
        (429, {"message": "Slow down"}, RateLimitError),
        # A server that fails may talk of lengths; only its code says that this one is too long.
        (500, {"error": {"message": TOO_LONG}}, ServerError),
        (503, {"message": f"Upstream says: {TOO_LONG}"}, ServerError),
        (500, {"error": {"message": "No", "code": "context_length_exceeded"}}, ContextLengthError),
        (400, {"error": {"message": TOO_LONG}}, ContextLengthError),
    ],
)
def test_credits_and_lengths_are_told_from_other_errors(
    status: int, body: dict[str, Any], kind: type[AIMLAPIError]
) -> None:
    with pytest.raises(AIMLAPIError) as failed:
        answering(httpx.Response(status, json=body)).invoke("Hi!")
    assert type(failed.value) is kind
