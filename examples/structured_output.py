"""Answers as objects: a Pydantic class, from models with and without a JSON mode of their own.

Where a model documents `json_schema` that is used, elsewhere a tool that it has to call. With
`include_raw=True` the message comes along, and an answer that does not fit does not raise.
"""

from __future__ import annotations

from _offline import live_or_replayed
from pydantic import BaseModel, Field

from langchain_aimlapi import ChatAIMLAPI


class Joke(BaseModel):
    """A joke to tell."""

    setup: str = Field(description="question to set up a joke")
    punchline: str = Field(description="answer to resolve the joke")


def main() -> None:
    """Ask two vendors for the same object, once as a whole and once as it grows."""
    with live_or_replayed("structured_output"):
        for name in ("anthropic/claude-sonnet-4.5", "openai/gpt-4o"):
            teller = ChatAIMLAPI(model=name, max_tokens=1024).with_structured_output(Joke)
            print(f"{name}: {teller.invoke('Tell me a joke about cats.')!r}")

        model = ChatAIMLAPI(model="openai/gpt-4o")
        schema = Joke.model_json_schema()
        for partial in model.with_structured_output(schema).stream("Tell me a joke about dogs."):
            print(f"so far: {partial}")

        both = model.with_structured_output(Joke, include_raw=True)
        result = both.invoke("Tell me a joke about fish.")
        print(f"tokens: {result['raw'].usage_metadata['total_tokens']}, {result['parsing_error']=}")


if __name__ == "__main__":
    main()
