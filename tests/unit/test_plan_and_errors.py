"""Which of several answers is streamed."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from langchain_aimlapi import ChatAIMLAPI


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
