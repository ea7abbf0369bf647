"""Models that search the web, and the sources of their answers.

Perplexity lists sources of the whole answer, in `response_metadata`; others cite passages, in
annotations of text blocks. On /responses the service runs the search as a tool, and shows it.
"""

from _offline import live_or_replayed
from langchain_core.messages import AIMessage

from langchain_aimlapi import ChatAIMLAPI

MODELS = ("perplexity/sonar", "deepseek/deepseek-v4-flash")


def show(name: str, answer: AIMessage) -> None:
    """Print the answer, the sources of all of it, then what is cited for single passages."""
    print(f"{name}: {answer.text}")
    for number, url in enumerate(answer.response_metadata.get("citations", ()), 1):
        print(f"[{number}] {url}")
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
            show(name, model.invoke("What is new about the LangChain library?"))
        model = ChatAIMLAPI(model="openai/gpt-5-pro").bind_tools([{"type": "web_search_preview"}])
        question = "What is new about the LangChain library? Search for it."
        show("openai/gpt-5-pro", model.invoke(question))


if __name__ == "__main__":
    main()
