"""Hand requests to a Claude model in as a batch: up to half the price, done within the hour.

A request that fails does not fail the others: its result is a typed error.
"""

from __future__ import annotations

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.batches import Batch, batch_create, batch_wait
from langchain_aimlapi.errors import AIMLAPIError

PROMPTS = {
    "cats": "Tell me a joke about cats.",
    "sum": "What is 17 * 23?",
    "greeting": "How are you?",
}


def show(batch: Batch) -> None:
    """Print how far the batch is; a bar of tqdm would be updated here."""
    print(f"batch {batch.id}: {batch.status}, {batch.done} of {batch.total} requests done")


def main() -> None:
    """Create a batch, wait for it, and print what became of each request."""
    with live_or_replayed("batches") as live:
        model = ChatAIMLAPI(model="anthropic/claude-sonnet-4", max_tokens=512)
        batch = batch_create(model, PROMPTS)
        results = batch_wait(model, batch, poll_interval=30 if live else 0.01, progress=show)
        for name in PROMPTS:
            result = results[name]
            failed = isinstance(result, AIMLAPIError)
            print(f"{name}: {f'failed, {result}' if failed else result.text}")


if __name__ == "__main__":
    main()
