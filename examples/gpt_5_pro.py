"""Ask a model that only the Responses endpoint serves: it goes there by itself.

`gpt-5-pro` takes long and costs much, so give it time, stream it, and look at the cost. With
`use_previous_response_id` the service keeps the conversation: only the second question goes out.
"""

from __future__ import annotations

from _offline import live_or_replayed
from langchain_core.messages import BaseMessage, HumanMessage

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import get_cost_callback

QUESTIONS = ("What is 17 * 23?", "And what is 391 * 2?")


def main() -> None:
    """Ask twice in one conversation; print the answers as they come, and what they cost."""
    with live_or_replayed("gpt_5_pro"), get_cost_callback(budget_usd=5.0) as cost:
        model = ChatAIMLAPI(
            model="openai/gpt-5-pro",
            use_previous_response_id=True,
            max_tokens=4096,  # thoughts count as well
            stream_chunk_timeout=900,  # seconds; it thinks before its first word
        )
        messages: list[BaseMessage] = []
        for question in QUESTIONS:
            messages.append(HumanMessage(question))
            print(f"\n> {question}\n")
            answer = None
            for chunk in model.stream(messages):
                print(chunk.text, end="", flush=True)
                answer = chunk if answer is None else answer + chunk
            messages.append(answer)
            tokens = answer.usage_metadata or {}
            print(f"\n{tokens.get('input_tokens')} in, {tokens.get('output_tokens')} out")
    print(f"\n{cost}")


if __name__ == "__main__":
    main()
