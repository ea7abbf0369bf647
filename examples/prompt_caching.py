"""An agent of 30 steps with and without prompt caching, in tokens and USD (needs langchain)."""

from _offline import live_or_replayed
from langchain.agents import create_agent

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import get_cost_callback
from langchain_aimlapi.middleware import AIMLAPIPromptCachingMiddleware

RULES = "\n".join(f"Rule {n}: refund {n} days late at {100 - n} percent." for n in range(1, 101))


def find_order(number: int) -> str:
    """Find an order by its number."""
    return f"{number}: a lamp."


def shipping_fee(number: int) -> str:
    """Tell what it costs to ship an order."""
    return f"{number}: 5 USD."


def run(*middleware: AIMLAPIPromptCachingMiddleware) -> float:
    """Ask about 15 orders in one conversation, two steps each; print tokens, return USD."""
    model = ChatAIMLAPI(model="anthropic/claude-sonnet-5", endpoint="messages", max_tokens=1024)
    tools = [find_order, shipping_fee]
    agent = create_agent(model, tools, system_prompt=RULES, middleware=middleware)
    messages = []
    with get_cost_callback() as cost:
        for order in range(1, 16):
            messages += [("user", f"Use find_order and shipping_fee for order {order}.")]
            messages = agent.invoke({"messages": messages})["messages"]
    usages = [message.usage_metadata for message in messages if message.type == "ai"]
    cached = sum(sum(usage["input_token_details"].values()) for usage in usages)
    read = sum(usage["input_token_details"]["cache_read"] for usage in usages)
    full = sum(usage["input_tokens"] for usage in usages) - cached
    tokens = f"{full} tokens at full price, {cached - read} written, {read} read"
    print(f"{cost.calls} steps: {tokens}, {cost.usd:.4f} USD")
    return cost.usd


def main() -> None:
    """Run the agent without and with the middleware, and compare."""
    with live_or_replayed("prompt_caching"):
        print(f"saved: {run() - run(AIMLAPIPromptCachingMiddleware()):.4f} USD")


if __name__ == "__main__":
    main()
