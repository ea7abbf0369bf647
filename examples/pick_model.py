"""Pick a model by what it can do, what it costs and how fast it is; fall back to the next best."""

from __future__ import annotations

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.catalogue import pick_model


def main() -> None:
    """Ask the fastest of the models that call tools and cost little."""
    with live_or_replayed("pick_model"):
        best, *others = pick_model(capabilities=["tools"], max_price=2.0, by="latency")
        for pick in (best, *others[:2]):
            print(f"{pick.id}: {pick.ttft_ms} ms to the first token, {pick.price:.3f} USD")
        model = ChatAIMLAPI(model=best.id).with_fallbacks(
            [ChatAIMLAPI(model=other.id) for other in others[:2]]
        )
        answer = model.invoke("Say hello in one word.")
        print(f"{answer.response_metadata['model_name']}: {answer.text}")


if __name__ == "__main__":
    main()
