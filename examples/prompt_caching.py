"""Pay for a long prompt once: a cache mark, and what it saves in tokens and in USD.

What stands before a mark is kept for five minutes (or an hour, with `"ttl": "1h"`). To write it
costs a quarter more than to read it anew would, and each later call pays a tenth.
"""

from __future__ import annotations

from typing import Any

from _offline import live_or_replayed
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import get_cost_callback

HANDBOOK = "\n".join(f"Rule {number}: be kind to customer {number}." for number in range(1, 401))
QUESTIONS = ("What does rule 7 say?", "And rule 8?", "And rule 9?")
WRITTEN = ("cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def ask_all(name: str, mark: dict[str, Any]) -> tuple[int, float]:
    """Ask in one conversation about the handbook; return tokens at full price, and the USD."""
    model = ChatAIMLAPI(model="anthropic/claude-sonnet-5", endpoint="messages", max_tokens=1024)
    messages: list[BaseMessage] = [SystemMessage([{"type": "text", "text": HANDBOOK, **mark}])]
    full = 0
    with get_cost_callback() as cost:
        for number, question in enumerate(QUESTIONS, 1):
            messages.append(HumanMessage(question))
            answer = model.invoke(messages)
            messages.append(answer)
            usage: dict[str, Any] = dict(answer.usage_metadata or {})
            details = usage.get("input_token_details", {})
            read = details.get("cache_read", 0)
            written = sum(details.get(age, 0) for age in WRITTEN)
            full += usage.get("input_tokens", 0) - read
            print(
                f"{name} {number}: {usage.get('input_tokens')} tokens of input, of these "
                f"{written} written to the cache and {read} read from it"
            )
    return full, cost.usd


def main() -> None:
    """Ask without a mark and with one, and compare."""
    with live_or_replayed("prompt_caching"):
        plain, plain_usd = ask_all("plain", {})
        cached, cached_usd = ask_all("cached", {"cache_control": {"type": "ephemeral"}})
        print(f"saved: {plain - cached} tokens of input at full price")
        if plain_usd:  # where the service reports what calls cost
            saved = plain_usd - cached_usd
            print(f"saved: {saved:.4f} USD of {plain_usd:.4f}, {saved / plain_usd:.0%}")


if __name__ == "__main__":
    main()
