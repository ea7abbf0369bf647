"""A Claude that thinks between its tools: its signed thoughts go back whole (needs langchain)."""

from _offline import live_or_replayed
from langchain.agents import create_agent

from langchain_aimlapi import ChatAIMLAPI

QUESTION = (
    "Use find_order for order 4711, then shipping_fee for its way to Portugal, then exchange_rate, "
    "and tell me what the shipping costs in EUR."
)
SETTINGS = {"endpoint": "messages", "thinking": {"type": "adaptive"}, "parallel_tool_calls": False}


def find_order(number: int) -> str:
    """Find an order by its number."""
    return f"Order {number} is a lamp."


def shipping_fee(country: str) -> str:
    """Tell what it costs to ship an order to a country."""
    return f"Shipping to {country} costs 5 USD."


def exchange_rate() -> str:
    """Tell how much one US dollar is in euros."""
    return "1 USD is 0.9 EUR."


def main() -> None:
    """Run the agent, and print each thought, call, result and answer."""
    with live_or_replayed("thinking_agent"):
        model = ChatAIMLAPI(model="anthropic/claude-sonnet-5", max_tokens=8192, **SETTINGS)
        agent = create_agent(model, [find_order, shipping_fee, exchange_rate])
        for message in agent.invoke({"messages": [("user", QUESTION)]})["messages"][1:]:
            for block in message.content_blocks:
                if block["type"] == "reasoning":
                    signed = "signed" if block.get("extras", {}).get("signature") else "unsigned"
                    print(f"\nthinks ({signed}): {block['reasoning']}")
                elif block["type"] == "tool_call":
                    print(f"calls {block['name']}({block['args']})")
                elif block["type"] == "text":
                    print(f"{message.type} says: {block['text']}")


if __name__ == "__main__":
    main()
