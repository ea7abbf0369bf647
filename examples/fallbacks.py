"""Fall back to another vendor when a model fails: one key serves them all.

The first model was retired. Its error says so and is not repeated, and the next one answers, in
its own request schema, with the same tools and messages.
"""

from __future__ import annotations

from _offline import live_or_replayed
from langchain_core.messages import HumanMessage, SystemMessage

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AIMLAPIError, NotFoundError

QUESTION = [SystemMessage("Be brief."), HumanMessage("How are you?")]


def main() -> None:
    """Show the error of the first model, then the answer of the second."""
    with live_or_replayed("fallbacks"):
        first = ChatAIMLAPI(model="gpt-4.5-preview", max_tokens=200)
        try:
            first.invoke(QUESTION)
        except NotFoundError as error:
            print(f"{type(error).__name__}: {error}\n")
        others = [ChatAIMLAPI(model="anthropic/claude-sonnet-4", max_tokens=200)]
        model = first.with_fallbacks(others, exceptions_to_handle=(AIMLAPIError,))
        answer = model.invoke(QUESTION)
        print(f"{answer.response_metadata['model_name']}: {answer.text}")


if __name__ == "__main__":
    main()
