"""Stream one answer: from the service with a key, else the one that its own page publishes."""

import os
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError, ModelRetirementWarning

QUESTION = "Hi! What do you think about mankind?"
PUBLISHED = Path(__file__).parents[1] / "cassettes/published/stream.yaml"


def stream_answer(model: str) -> None:
    """Print each chunk as it arrives, then the facts of the whole answer."""
    answer = None
    for chunk in ChatAIMLAPI(model=model).stream(QUESTION):
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
    source, model = nullcontext(), "anthropic/claude-sonnet-4.5"
    if not os.environ.get("AIMLAPI_API_KEY"):
        from langchain_aimlapi.testing import replay  # noqa: PLC0415  # only needed here

        os.environ.pop("AIMLAPI_API_BASE", None)  # the published exchange was with the service
        warnings.simplefilter("ignore", ModelRetirementWarning)  # and with a model of its time
        print("AIMLAPI_API_KEY is not set: replaying the exchange the service's page publishes.\n")
        source, model = replay(PUBLISHED), "anthropic/claude-sonnet-4"
    print(f"> {QUESTION}\n")
    try:
        with source:
            stream_answer(model)
    except AIMLAPIError as error:
        sys.exit(f"\n{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
