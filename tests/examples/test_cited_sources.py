"""What the example of web search shows: marks in the text, and where each leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from emulator.server import Emulator
    from langchain_core.messages import AIMessage

QUESTION = "What is new about the LangChain library?"
OPTIONS = {"search_context_size": "low"}
SOURCES = [
    ("[1]", "https://encyclopedia.example/the-langchain-library"),
    ("[2]", "https://news.example/the-langchain-library"),
]


def model(running: Emulator, name: str = "deepseek/deepseek-v4-flash", **settings: Any) -> Any:
    return ChatAIMLAPI(model=name, base_url=running.base_url, api_key="sk-emulator", **settings)


def cited(answer: AIMessage) -> list[tuple[str, str]]:
    return [
        (block["text"][note["start_index"] : note["end_index"]], note["url"])
        for block in answer.content_blocks
        for note in block.get("annotations", ())
    ]


def whole(chat: Any) -> Any:
    return chat.invoke(QUESTION)


def streamed(chat: Any) -> Any:
    chunks = list(chat.stream(QUESTION))
    return sum(chunks[1:], chunks[0])


@pytest.mark.parametrize("ask", [whole, streamed])
@pytest.mark.parametrize(
    ("name", "settings", "sources"),
    [
        ("deepseek/deepseek-v4-flash", {"web_search_options": OPTIONS}, (SOURCES, None)),
        ("deepseek/deepseek-v4-flash", {}, ([], None)),
        ("perplexity/sonar", {}, ([], [url for _, url in SOURCES])),
    ],
)
def test_each_kind_of_model_names_its_sources_in_its_own_place(
    emulator: Emulator, ask: Any, name: str, settings: dict[str, Any], sources: Any
) -> None:
    answer = ask(model(emulator, name, **settings))
    assert (cited(answer), answer.response_metadata.get("citations")) == sources


def test_a_mark_that_was_cut_off_is_not_cited(emulator: Emulator) -> None:
    full = whole(model(emulator, web_search_options=OPTIONS))
    short = whole(model(emulator, web_search_options=OPTIONS, stop=["[2]"]))
    assert short.text == full.text.removesuffix("[2]")
    assert cited(short) == SOURCES[:1]


def test_a_structured_answer_of_a_searching_model_has_no_marks(emulator: Emulator) -> None:
    schema = {"title": "City", "type": "object", "properties": {"name": {"type": "string"}}}
    chat = model(emulator, "perplexity/sonar")
    answer = chat.with_structured_output(schema, method="json_schema").invoke("Paris in France")
    assert set(answer) == {"name"}
