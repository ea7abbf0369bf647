"""Know what everything cost, also a stream closed early: its cost is in the service's log."""

from __future__ import annotations

from _offline import live_or_replayed

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI
from langchain_aimlapi.account import logs
from langchain_aimlapi.cost import get_cost_callback


def main() -> None:
    """Ask, embed, leave a stream after its first words, and look up what that cost."""
    with live_or_replayed("unreported_costs"):
        model = ChatAIMLAPI(model="openai/gpt-4o")
        with get_cost_callback() as cost:
            model.invoke("Say hello in one word.")
            AIMLAPIEmbeddings(model="text-embedding-3-small", dimensions=64).embed_query("hello")
            # The log has the call under this id.
            stream = model.stream("Count to a hundred.", client_request_id="counting-1")
            print(f"first words: {next(stream).text!r}")
            stream.close()
        print(cost)
        logged = {entry.client_request_id: entry for entry in logs(period="24h")}
        for call in cost.unreported:
            entry = logged.get(call.client_request_id)
            usd = "not in the log yet" if entry is None else f"{entry.usd} USD in the log"
            print(f"{call.model}, {call.client_request_id}: {usd}")


if __name__ == "__main__":
    main()
