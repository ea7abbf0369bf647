"""Let a model call a tool, run it, and give the result back: the loop that agents are made of.

The same tools go to every vendor: they are kept as they are until the model of the call is known.
"""

from __future__ import annotations

from _offline import live_or_replayed
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool

from langchain_aimlapi import ChatAIMLAPI


@tool
def exchange_rate(base: str, quote: str) -> float:
    """Return how much of the currency `quote` one unit of `base` buys."""
    return {"EUR USD": 1.09, "USD EUR": 0.92}.get(f"{base} {quote}", 1.0)


def main() -> None:
    """Ask a Claude model and an OpenAI model the same."""
    with live_or_replayed("tools"):
        for name in ("anthropic/claude-sonnet-4", "openai/gpt-4o"):
            model = ChatAIMLAPI(model=name, max_tokens=1024).bind_tools([exchange_rate])
            turns = [HumanMessage("What is the exchange rate from EUR to USD? Use the tool.")]
            called = model.invoke(turns)
            turns.append(called)
            for call in called.tool_calls:
                print(f"{name} calls {call['name']}({call['args']})")
                turns.append(exchange_rate.invoke(call))
            print(f"{name} says: {model.invoke(turns).text}")


if __name__ == "__main__":
    main()
