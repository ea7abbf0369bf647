"""Ask three vendors the same question at once, and show each answer as it comes.

`astream` is async all the way down: one event loop, no threads. The models share what connections
they can, and `aclose` gives them back.
"""

from __future__ import annotations

import asyncio

from _offline import live_or_replayed

from langchain_aimlapi import ChatAIMLAPI

MODELS = ("anthropic/claude-sonnet-4", "openai/gpt-4o", "google/gemini-3-5-flash")
QUESTION = "Hi!"


async def ask(name: str) -> None:
    """Stream one answer; its chunks add up to the message that `ainvoke` would return."""
    answer = None
    async with ChatAIMLAPI(model=name, max_tokens=200) as model:
        async for chunk in model.astream(QUESTION):
            print(f"{name}: {chunk.text!r}")
            answer = chunk if answer is None else answer + chunk
    if answer is not None:
        usage = answer.usage_metadata or {}
        print(f"{name} said {answer.text!r} in {usage.get('output_tokens')} tokens")


async def main() -> None:
    """Ask all of them at once."""
    with live_or_replayed("async_streaming"):
        await asyncio.gather(*(ask(name) for name in MODELS))


if __name__ == "__main__":
    asyncio.run(main())
