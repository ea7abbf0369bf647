"""An agent with two tools, shown step by step, and what it cost. Needs `pip install langchain`."""

from _offline import live_or_replayed
from langchain.agents import create_agent
from langchain_core.tools import tool

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import get_cost_callback


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"Sunny and 24 degrees in {city}."


@tool
def book_table(restaurant: str, people: int) -> str:
    """Book a table at a restaurant."""
    return f"Booked at {restaurant} for {people}."


def main() -> None:
    """Run the agent and print what each step adds."""
    model = "anthropic/claude-sonnet-4.5"
    with live_or_replayed("agent"), get_cost_callback(budget_usd=0.5) as cost:
        agent = create_agent(ChatAIMLAPI(model=model, max_tokens=1024), [weather, book_table])
        question = {"role": "user", "content": "What is the weather in Lisbon? Use the tool."}
        for step in agent.stream({"messages": [question]}, stream_mode="updates"):
            for node, update in step.items():
                for message in update["messages"]:
                    calls = [call["name"] for call in getattr(message, "tool_calls", ())]
                    print(f"{node}: {message.text or f'calls {calls}'}")
        print(f"{cost.calls} calls of the model, {cost.usd:.6f} USD")


if __name__ == "__main__":
    main()
