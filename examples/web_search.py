"""Ask a model that searches the web, and print its sources under the answer.

`web_search_options` and the filters of a searching model pass through; what it found stands in
`response_metadata`, and citations of single passages in the annotations of text blocks.
"""

from __future__ import annotations

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI


def main() -> None:
    """Search, then print the answer, its sources and its citations."""
    with live_or_replayed("web_search"):
        model = ChatAIMLAPI(
            model="perplexity/sonar",
            web_search_options={"search_context_size": "low"},
            model_kwargs={"search_recency_filter": "month"},
        )
        answer = model.invoke("What is new about the LangChain library?")
        print(answer.text)
        for number, url in enumerate(answer.response_metadata.get("citations", ()), 1):
            print(f"[{number}] {url}")
        for result in answer.response_metadata.get("search_results", ()):
            print(f"found: {result['title']} ({result.get('date')})")
        for block in answer.content_blocks:
            for note in block.get("annotations", ()):
                print(f"cited: {note.get('url')} for {note.get('cited_text')!r}")


if __name__ == "__main__":
    main()
