"""Watch a model think: reasoning comes as blocks of its own, apart from the text.

The same for a model that always reasons and for Claude with `thinking`. In the next turn signed
thoughts go back to Claude by themselves, as it demands while tools are used.
"""

from __future__ import annotations

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI

THINKING = {"type": "enabled", "budget_tokens": 1024}


def main() -> None:
    """Stream from both, and print thoughts and answer apart."""
    with live_or_replayed("reasoning"):
        for model in (
            ChatAIMLAPI(model="deepseek/deepseek-v4-flash"),
            ChatAIMLAPI(model="anthropic/claude-sonnet-4", max_tokens=4096, thinking=THINKING),
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
