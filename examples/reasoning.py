"""Watch a model think: reasoning comes as blocks of its own, apart from the text.

The same for a model that always reasons, for Claude with `thinking`, and for a model of the
Responses endpoint, which shows summaries. In the next turn signed thoughts go back to Claude by
themselves, as it demands while tools are used, and so does the reasoning that OpenAI sealed.
"""

from __future__ import annotations

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI

THINKING = {"type": "enabled", "budget_tokens": 1024}
SUMMARIES = {"effort": "low", "summary": "auto"}


def main() -> None:
    """Stream from each, and print thoughts and answer apart."""
    with live_or_replayed("reasoning"):
        for model in (
            ChatAIMLAPI(model="deepseek/deepseek-v4-flash"),
            ChatAIMLAPI(model="anthropic/claude-sonnet-4", max_tokens=4096, thinking=THINKING),
            ChatAIMLAPI(model="openai/gpt-5-4", reasoning=SUMMARIES),
        ):
            print(f"--- {model.model}")
            kind, answer = "", None
            for chunk in model.stream("What is 17 * 23?"):
                for block in chunk.content_blocks:
                    if block["type"] != kind:
                        kind = block["type"]
                        print(f"\n[{kind}] ", end="")
                    print(block.get("reasoning") or block.get("text") or "", end="", flush=True)
                answer = chunk if answer is None else answer + chunk
            details = (answer.usage_metadata or {}).get("output_token_details", {})
            print(f"\n\n{details.get('reasoning', 'unknown')} tokens of reasoning")


if __name__ == "__main__":
    main()
