"""Choose a model from the live catalogue: by what it can do, and by what it costs.

The catalogue needs no key, and is asked only once: later it is asked whether it changed.
"""

from __future__ import annotations

from _offline import live_or_replayed

from langchain_aimlapi.catalogue import find_model, list_models


def main() -> None:
    """List models that see images and call tools, the cheapest first."""
    with live_or_replayed("catalogue"):
        able = list_models(capabilities=["tools"], input_modalities=["image"])
        for model in sorted(able, key=lambda model: model.price("output") or 0.0)[:5]:
            prices = f"{model.price('input')} in, {model.price('output')} out"
            print(f"{model.id}: {model.context} tokens, USD per million: {prices}")
        found = find_model("gpt-4o")
        print(f"gpt-4o is {found.name} of {found.developer}: {', '.join(found.capabilities)}")


if __name__ == "__main__":
    main()
