"""Stream one answer to the terminal, then print what it took.

With `AIMLAPI_API_KEY` the service answers. Without it the exchange of its own page is replayed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError

MODEL = "anthropic/claude-sonnet-4"
QUESTION = "Hi! What do you think about mankind?"
PUBLISHED = Path(__file__).parents[1] / "cassettes" / "published" / "stream.yaml"


def stream_answer() -> None:
    """Ask, print each chunk as it arrives, and print the facts of the whole answer."""
    answer = None
    for chunk in ChatAIMLAPI(model=MODEL).stream(QUESTION):
        print(chunk.text, end="", flush=True)
        answer = chunk if answer is None else answer + chunk
    print("\n")
    if answer is None:
        return
    facts, usage = answer.response_metadata, answer.usage_metadata
    cost = facts.get("cost", {})
    counts = "{input_tokens} in, {output_tokens} out, {total_tokens} total"
    tokens = counts.format_map(usage) if usage else "not reported"
    print("model:        ", facts.get("model_name", "not reported"))
    print("tokens:       ", tokens)
    print("finish reason:", facts.get("finish_reason", "not reported"))
    print("cost:         ", f"{cost['usd']} USD" if "usd" in cost else "not reported")


def main() -> None:
    """Use the service with a key, the published exchange without."""
    source: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
    if not os.environ.get("AIMLAPI_API_KEY"):
        from langchain_aimlapi.testing import replay  # noqa: PLC0415 - only needed here

        # The published exchange was with the service, whatever base URL is set here.
        os.environ.pop("AIMLAPI_API_BASE", None)
        print("AIMLAPI_API_KEY is not set: replaying the exchange the service's page publishes.\n")
        source = replay(PUBLISHED)
    print(f"> {QUESTION}\n")
    with source:
        try:
            stream_answer()
        except AIMLAPIError as error:
            sys.exit(f"\n{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
