"""What calls cost, a budget that stops them, and the ids by which the service finds a call."""

import itertools

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import get_cost_callback
from langchain_aimlapi.errors import BudgetExceededError


def main() -> None:
    """Count what two vendors cost, then run into a budget."""
    numbers = itertools.count(1)
    with live_or_replayed("cost"):
        with get_cost_callback() as cost:
            for name in ("anthropic/claude-sonnet-4.5", "openai/gpt-4o"):
                model = ChatAIMLAPI(
                    model=name,
                    max_tokens=200,
                    client_request_id=lambda: f"order-4711.{next(numbers)}",
                )
                facts = model.invoke("How are you?").response_metadata
                print(f"{name}: {facts.get('cost')}")
                print(f"  {facts.get('client_request_id')} is {facts.get('inference_id')}")
        print(cost)

        with get_cost_callback(budget_usd=0.000001):
            model = ChatAIMLAPI(model="openai/gpt-4o", max_tokens=200)
            model.invoke("How are you today?")
            try:
                model.invoke("And tomorrow?")
            except BudgetExceededError as error:
                print(f"stopped: {error}")


if __name__ == "__main__":
    main()
