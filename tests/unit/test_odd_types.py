"""What has no word for a type is kept, shown, and goes on to every endpoint, or stays behind."""

import warnings
from typing import Any

import pytest
from cases.doors import Ways
from cases.messages import message as claude_message
from cases.reading import Json, body
from langchain_core.messages import AIMessage

ODD: list[Any] = [["text"], {"type": "text"}, 7]
ANSWERS: dict[str, Any] = {
    "chat/completions": body({"content": "ok"}),
    "responses": {"id": "r", "status": "completed", "output": []},
    "messages": claude_message({"type": "text", "text": "ok"}),
}
MODELS = {
    "openai/gpt-4o": "chat/completions",
    "anthropic/claude-sonnet-4": "chat/completions",
    "openai/gpt-5-4": "responses",
    "anthropic/claude-sonnet-5": "messages",
}


def cited(kind: Any) -> Json:
    return {"type": kind, "url": "https://s.test", "title": "S", "start_index": 0, "end_index": 1}


def answers(kind: Any) -> dict[str, tuple[Json, Json]]:
    """Return answers that hold something of a kind: the body, and the fields of the model."""
    text = {"type": "output_text", "text": "Hi", "annotations": [cited(kind)]}
    item = {"type": "message", "id": "m", "status": "completed", "content": [text]}
    gpt = {"id": "r", "status": "completed", "output": [{"type": kind, "id": "i"}, item]}
    claude = claude_message({"type": kind, "x": 1}, {"type": "text", "text": "Hi"})
    chat = {"content": [{"type": kind, "x": 1}, {"type": "text", "text": "Hi"}]}
    return {
        "chat/completions": (body({**chat, "annotations": [cited(kind)]}), {}),
        "responses": (gpt, {"model": "openai/gpt-5-4"}),
        "messages": (claude, {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"}),
    }


def _sent_to_all(answer: AIMessage) -> None:
    for model, endpoint in MODELS.items():
        ways = Ways(ANSWERS[endpoint], model=model, endpoint=endpoint, max_tokens=100)
        ways.model.invoke(["Hi!", answer, "Go on."])
        assert "Hi" in str(ways.sent)


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("kind", ODD, ids=str)
@pytest.mark.parametrize("endpoint", ANSWERS)
def test_a_type_that_is_no_word_disturbs_nothing(endpoint: str, kind: Any, version: str) -> None:
    given, fields = answers(kind)[endpoint]
    answer = Ways(given, output_version=version, **fields).invoked()
    assert answer.text == "Hi"
    assert "non_standard" in {block["type"] for block in answer.content_blocks}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that something is left out
        _sent_to_all(answer)
