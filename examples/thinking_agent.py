"""An agent on Claude that thinks between its tools, with its thoughts whole.

On chat/completions thoughts lose the signatures without which Claude does not take them back. On
the messages endpoint they come signed, and go back by themselves, unchanged and in their place.
"""

from __future__ import annotations

from typing import Any

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI

try:
    from langchain.agents import create_agent
except ImportError:
    raise SystemExit("This example needs LangChain's agents: pip install langchain") from None

QUESTION = (
    "Use find_order for order 4711, then shipping_fee for its way to Portugal, then exchange_rate, "
    "and tell me what the shipping costs in EUR."
)


def find_order(number: int) -> str:
    """Find an order by its number."""
    return f"Order {number} is a lamp."


def shipping_fee(country: str) -> str:
    """Tell what it costs to ship an order to a country."""
    return f"Shipping to {country} costs 5 USD."


def exchange_rate() -> str:
    """Tell how much one US dollar is in euros."""
    return "1 USD is 0.9 EUR."


def show(message: Any) -> None:
    """Print a step of the agent: thoughts, calls, results, text."""
    if message.type == "tool":
        print(f"{message.name} says: {message.text}")
        return
    for block in message.content_blocks:
        if block["type"] == "reasoning":
            signed = "signed" if block.get("extras", {}).get("signature") else "not signed"
            print(f"\nthinks ({signed}): {block['reasoning']}")
        elif block["type"] == "tool_call":
            print(f"calls {block['name']}({block['args']})")
        elif block["type"] == "text":
            print(f"answers: {block['text']}")


def main() -> None:
    """Run the agent step by step, and count what it thought."""
    with live_or_replayed("thinking_agent"):
        model = ChatAIMLAPI(
            model="anthropic/claude-sonnet-5",
            endpoint="messages",
            thinking={"type": "adaptive"},
            max_tokens=8192,
            parallel_tool_calls=False,
        )
        agent = create_agent(model, [find_order, shipping_fee, exchange_rate])
        thought = 0
        for update in agent.stream({"messages": [("user", QUESTION)]}, stream_mode="updates"):
            for step in update.values():
                for message in step["messages"]:
                    show(message)
                    usage = getattr(message, "usage_metadata", None) or {}
                    thought += usage.get("output_token_details", {}).get("reasoning", 0)
        print(f"\n{thought} tokens of thinking in all")


if __name__ == "__main__":
    main()
