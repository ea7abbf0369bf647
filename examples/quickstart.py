"""Stream one answer to the terminal, then print what it took.

With `AIMLAPI_API_KEY` the service answers. Without it the exchange of its own page is replayed.
"""

import os
import sys
from contextlib import nullcontext
from pathlib import Path

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError

QUESTION = "Hi! What do you think about mankind?"
PUBLISHED = Path(__file__).parents[1] / "cassettes/published/stream.yaml"


def stream_answer() -> None:
    """Print each chunk as it arrives, then the facts of the whole answer."""
    answer = None
    for chunk in ChatAIMLAPI(model="anthropic/claude-sonnet-4").stream(QUESTION):
        print(chunk.text, end="", flush=True)
        answer = chunk if answer is None else answer + chunk
    facts, cost = answer.response_metadata, answer.response_metadata.get("cost", {})
    tokens = "{input_tokens} in, {output_tokens} out, {total_tokens} total"
    print("\n\nmodel:        ", facts.get("model_name"))
    print("tokens:       ", tokens.format_map(answer.usage_metadata))
    print("finish reason:", facts.get("finish_reason"))
    print("cost:         ", f"{cost['usd']} USD" if "usd" in cost else "not reported")


def main() -> None:
    """Use the service with a key, the published exchange without."""
    source = nullcontext()
    if not os.environ.get("AIMLAPI_API_KEY"):
        from langchain_aimlapi.testing import replay  # noqa: PLC0415  # only needed here

        os.environ.pop("AIMLAPI_API_BASE", None)  # the published exchange was with the service
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
