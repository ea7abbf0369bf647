"""What calls cost, and the ids to find them by: in totals, per answer, and in your own words.

`client_request_id` is sent with every attempt of a call, so that the service's logs and yours can
be told together; an answer names the `inference_id` that the service's support asks for, and with
`include_response_headers` keeps the headers it came with.
"""

from __future__ import annotations

import itertools

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import get_cost_callback
from langchain_aimlapi.errors import BudgetExceededError


def main() -> None:
    """Count what two vendors cost, then run into a budget."""
    numbers = itertools.count(1)
    with live_or_replayed("cost_and_tracing"):
        with get_cost_callback() as cost:
            for name in ("anthropic/claude-sonnet-4", "openai/gpt-4o"):
                model = ChatAIMLAPI(
                    model=name,
                    max_tokens=200,
                    client_request_id=lambda: f"order-4711.{next(numbers)}",
                    include_response_headers=True,
                )
                answer = model.invoke("How are you?")
                facts = answer.response_metadata
                print(f"{name}: {facts.get('cost')}")
                print(f"  {facts.get('client_request_id')} is {facts.get('inference_id')}")
                headers = facts.get("headers", {})
                print(f"  credits, by the headers: {headers.get('x-aimlapi-credits-used')}")
        for name, spent in cost.models.items():
            print(f"{name}: {spent.calls} calls, {spent.usd:.6f} USD, {spent.credits} credits")
        print(f"together: {cost.usd:.6f} USD, {cost.unreported_calls} calls without a cost")

        with get_cost_callback(budget_usd=0.000001):
            model = ChatAIMLAPI(model="openai/gpt-4o", max_tokens=200)
            model.invoke("How are you today?")
            try:
                model.invoke("And tomorrow?")
            except BudgetExceededError as error:
                print(f"stopped: {error}")


if __name__ == "__main__":
    main()
