"""What an error says to do next: one sentence, and only what can be the reason."""

from __future__ import annotations

import re
import warnings
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import OutputParserException
from pydantic import BaseModel

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI, catalogue
from langchain_aimlapi.errors import AIMLAPIError
from langchain_aimlapi.testing import answers

KEY = "sk-0123456789abcdef"


def refusing(status: int, message: str) -> dict[str, Any]:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"message": message})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    return {"api_key": KEY, "max_retries": 0, "http_client": client}


def chat(model: str, status: int, message: str, **settings: Any) -> Any:
    return lambda: ChatAIMLAPI(model, **refusing(status, message), **settings).invoke("Hi")


def embed(model: str, status: int, message: str, **settings: Any) -> Any:
    embeddings = AIMLAPIEmbeddings(model, **refusing(status, message), **settings)
    return lambda: embeddings.embed_query("Hi")


HINTS: list[tuple[Any, str]] = [
    (chat("openai/gpt-4o", 404, "?"), "Check base_url: openai/gpt-4o is a documented model."),
    (chat("zzz/zzzzzz", 404, "?"), "Check model and base_url."),
    (chat("Qwen/QwQ-32B", 404, "?"), "Qwen/QwQ-32B is retired: choose another model."),
    (chat("claude-sonet-4", 400, "Bad model"), "'claude-sonet-4' is not a documented model id"),
    (
        chat("openai/gpt-5-pro", 404, "?", endpoint="chat/completions"),
        "openai/gpt-5-pro is documented on responses, not on chat/completions: set endpoint=",
    ),
    (
        chat("voyage-2", 404, "?"),
        "voyage-2 is an embedding model: use AIMLAPIEmbeddings(model='voyage-2').",
    ),
    (
        chat("openai/gpt-4o", 400, "Unknown parameter: seed.", seed=1),
        "Leave out seed where you set it (in the call, in the model or in its extra_body), or pass",
    ),
    (
        chat("openai/gpt-4o", 400, "seed and top_p are not supported.", seed=1, top_p=1),
        "Leave out seed and top_p where you set them (in the call, in the model or in its",
    ),
    (
        lambda: list(
            ChatAIMLAPI("gpt-4o", **refusing(400, "Unknown parameter: stream_options.")).stream(
                "Hi"
            )
        ),
        "Set stream_usage=False to leave out stream_options.",
    ),
    (
        embed("text-embedding-3-small", 400, "Unknown parameter: dimensions.", dimensions=9),
        "Leave out dimensions where you set it: in the model or in its extra_body.",
    ),
    (
        embed("text-embedding-3-small", 400, "Unknown parameter: encoding_format."),
        'Set encoding_format="float": unless it is set, base64 is asked for.',
    ),
    (embed("openai/gpt-4o", 404, "?"), "openai/gpt-4o is a chat model: use ChatAIMLAPI(model="),
    (
        lambda: catalogue.find_model(
            "openai/gpt4o", models=_listed("openai/gpt-4o", "openai/gpt-4.1")
        ),
        "Did you mean openai/gpt-4o or openai/gpt-4.1?",
    ),
]


def _listed(*names: str) -> Any:
    rows = [{"id": name, "object": "model", "type": "chat-completion"} for name in names]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": rows}))
    return catalogue.list_models(api_key=KEY, http_client=httpx.Client(transport=transport))


@pytest.mark.parametrize(("call", "hint"), HINTS)
def test_a_hint_is_one_sentence(call: Any, hint: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(AIMLAPIError) as failed:
            call()
    said = failed.value.hint
    assert said is not None
    assert said.startswith(hint)
    assert re.search(r"[.?]$", said)
    assert not re.search(r"[.?!]\s", said)


class Person(BaseModel):
    name: str


THINKING = {"type": "enabled", "budget_tokens": 1024}


@pytest.mark.parametrize(
    ("model", "settings", "thinks"),
    [
        ("openai/gpt-4o", {}, False),
        ("anthropic/claude-sonnet-4", {}, False),
        ("anthropic/claude-sonnet-4", {"thinking": {"type": "disabled"}}, False),
        ("anthropic/claude-sonnet-4", {"thinking": THINKING}, True),
        ("anthropic/claude-sonnet-4", {"thinking": {"type": "adaptive"}}, True),
        ("alibaba/qwen3-32b", {"model_kwargs": {"enable_thinking": True}}, True),
        ("alibaba/qwen3-32b", {"model_kwargs": {"enable_thinking": False}}, False),
    ],
)
@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_thinking_is_spoken_of_only_while_the_model_thinks(
    model: str, settings: dict[str, Any], way: str, *, thinks: bool
) -> None:
    llm = ChatAIMLAPI(model, max_tokens=2048, **settings, **answers(["No."]))
    asked = llm.with_structured_output(Person, method="function_calling")
    with pytest.raises(OutputParserException, match="without calling 'Person'") as failed:
        asked.invoke("Hi") if way == "invoke" else list(asked.stream("Hi"))
    assert ("think" in str(failed.value)) is thinks
    assert "It answered: 'No.'" in str(failed.value)
