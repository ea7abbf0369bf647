"""Know what everything cost, also a stream closed early: its cost stands in the service's log."""

from __future__ import annotations

from _offline import live_or_replayed

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI
from langchain_aimlapi.cost import get_cost_callback


def main() -> None:
    """Ask, embed, leave a stream after its first words, and look up what that cost."""
    with live_or_replayed("reconciled_costs"):
        model = ChatAIMLAPI(model="openai/gpt-4o")
        with get_cost_callback() as cost:
            model.invoke("Say hello in one word.")
            AIMLAPIEmbeddings(model="text-embedding-3-small", dimensions=64).embed_query("hello")
            # The id tells the log which call this was.
            stream = model.stream("Count to a hundred.", client_request_id="counting-1")
            print(f"first words: {next(stream).text!r}")
            stream.close()
        print(f"{cost.unreported_calls} call without a cost")
        done = cost.reconcile(wait=60)
        print(f"found in the log: {done.found}, missing: {len(done.missing)}\n")
        print(cost)


if __name__ == "__main__":
    main()
