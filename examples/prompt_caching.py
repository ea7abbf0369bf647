"""Pay for a long prompt once: a cache mark, and what it saves in tokens and in USD.

What stands before a mark is kept for five minutes (or an hour, with `"ttl": "1h"`). To write it
costs a quarter more than to read it anew would, and each later call pays a tenth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from _offline import live_or_replayed
from langchain_core.messages import HumanMessage, SystemMessage

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

HANDBOOK = "\n".join(f"Rule {number}: be kind to customer {number}." for number in range(1, 401))
QUESTIONS = ("What does rule 7 say?", "And rule 8?", "And rule 9?")


def ask_all(model: ChatAIMLAPI, mark: dict[str, Any]) -> list[AIMessage]:
    """Ask the questions one after the other, in one conversation about the handbook."""
    handbook = {"type": "text", "text": HANDBOOK, **mark}
    messages: list[BaseMessage] = [SystemMessage([handbook])]
    answers = []
    for question in QUESTIONS:
        messages.append(HumanMessage(question))
        answers.append(model.invoke(messages))
        messages.append(answers[-1])
    return answers


def report(name: str, answers: list[AIMessage]) -> tuple[int, float | None]:
    """Print the tokens of each call; return those at full price, and the USD where reported."""
    full, usd = 0, 0.0
    reported = True
    for number, answer in enumerate(answers, 1):
        usage = answer.usage_metadata or {"input_tokens": 0}
        details: dict[str, Any] = dict(usage.get("input_token_details") or {})
        read = details.get("cache_read", 0)
        ages = ("cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
        written = sum(details.get(age, 0) for age in ages)
        full += usage["input_tokens"] - read
        print(
            f"{name} {number}: {usage['input_tokens']} tokens of input, of these "
            f"{written} written to the cache and {read} read from it"
        )
        cost = answer.response_metadata.get("cost", {}).get("usd")
        reported = reported and cost is not None
        usd += cost or 0.0
    return full, usd if reported else None


def main() -> None:
    """Ask without a mark and with one, and compare."""
    with live_or_replayed("prompt_caching"):
        model = ChatAIMLAPI(model="anthropic/claude-sonnet-5", endpoint="messages", max_tokens=1024)
        plain, plain_usd = report("plain", ask_all(model, {}))
        mark = {"cache_control": {"type": "ephemeral"}}
        cached, cached_usd = report("cached", ask_all(model, mark))
        print(f"saved: {plain - cached} tokens of input at full price")
        if plain_usd is not None and cached_usd is not None:
            share = 1 - cached_usd / plain_usd
            print(f"saved: {plain_usd - cached_usd:.4f} USD of {plain_usd:.4f}, {share:.0%}")
        else:
            print("saved: the service did not report what the calls cost")


if __name__ == "__main__":
    main()
