"""What has no word for a type is kept and shown, and disturbs no endpoint that it is sent to."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from wire import MODELS, claude, completion, invoked, message_item, model_of, response, text_part

Json = dict[str, Any]
TEXT = {"type": "text", "text": "Hi"}
REPLIES: dict[str, Json] = {
    "chat/completions": completion({"content": "ok"}),
    "messages": claude({"type": "text", "text": "ok"}),
    "responses": response(message_item("ok")),
}


def answers(kind: Any) -> dict[str, Json]:
    """Return answers that hold something of a kind, by endpoint."""
    cited = {"type": kind, "url": "https://s.test", "title": "S"}
    odd = {"type": kind, "x": 1}
    item = message_item(text_part("Hi", annotations=[cited]))
    return {
        "chat/completions": completion({"content": [odd, TEXT], "annotations": [cited]}),
        "messages": claude(odd, TEXT),
        "responses": response({"type": kind, "id": "i"}, item),
    }


@pytest.mark.parametrize("version", ["v0", "v1"])
@pytest.mark.parametrize("endpoint", MODELS)
def test_a_type_that_is_no_word_disturbs_nothing(endpoint: str, version: str) -> None:
    for kind in (["text"], {"type": "text"}, 7):
        body = answers(kind)[endpoint]
        answer = invoked(body, endpoint=endpoint, output_version=version)
        assert answer.text == "Hi"
        assert "non_standard" in {block["type"] for block in answer.content_blocks}
        for other, reply in REPLIES.items():
            sent: list[Json] = []
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that something is left out
                model = model_of(reply, sent=sent, endpoint=other, max_tokens=100)
                model.invoke(["Hi!", answer, "Go on."])
            assert "Hi" in str(sent)
