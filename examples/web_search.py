"""Ask models that search the web, and print the sources under each answer.

`web_search_options` and the filters of a search go to every model that documents them. Sources come
in two forms: Perplexity lists them for the whole answer, which stands in `response_metadata`; other
models mark passages, and these are the citations in the annotations of text blocks. Models of the
Responses endpoint search by a tool of the service, and show what they looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

MODELS = ("perplexity/sonar", "deepseek/deepseek-v4-flash")
QUESTION = "What is new about the LangChain library? Search for it."


def print_sources(answer: AIMessage) -> None:
    """Print what was found for the whole answer, then what is cited for single passages."""
    for number, url in enumerate(answer.response_metadata.get("citations", ()), 1):
        print(f"[{number}] {url}")
    for result in answer.response_metadata.get("search_results", ()):
        print(f"found: {result['title']} ({result.get('date')})")
    for block in answer.content_blocks:
        if block["type"] == "server_tool_call":
            print(f"searched: {block['args'].get('query')}")
        for note in block.get("annotations", ()):
            if note["type"] == "citation":
                passage = block["text"][note.get("start_index") : note.get("end_index")]
                print(f"cited: {passage} is {note.get('title')}, {note.get('url')}")


def main() -> None:
    """Search, then print each answer and its sources."""
    with live_or_replayed("web_search"):
        for name in MODELS:
            model = ChatAIMLAPI(
                model=name,
                web_search_options={"search_context_size": "low"},
                model_kwargs={"search_recency_filter": "month"},
            )
            answer = model.invoke("What is new about the LangChain library?")
            print(f"{name}: {answer.text}")
            print_sources(answer)
        model = ChatAIMLAPI(model="openai/gpt-5-pro")
        answer = model.bind_tools([{"type": "web_search_preview"}]).invoke(QUESTION)
        print(f"{model.model}: {answer.text}")
        print_sources(answer)


if __name__ == "__main__":
    main()
