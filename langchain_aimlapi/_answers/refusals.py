"""Refusals, as LangChain's own parsers of structured output treat them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core import exceptions

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


def raise_if_refused(message: BaseMessage, text: str) -> None:
    """Raise if the model refused instead of answering.

    Args:
        message: The answer.
        text: Its text.

    Raises:
        ModelRefusalError: The answer holds a refusal. (`OutputParserException` with a LangChain
            before 1.7.5, which has no such error.)
    """
    refusals: list[Any] = [b for b in message.content_blocks if b["type"] == "refusal"]
    kept = message.additional_kwargs.get("refusal")
    if not refusals and isinstance(kept, str) and kept:  # of a model that somebody else wrote
        refusals = [{"type": "refusal", "refusal": kept}]
    if not refusals:
        return
    refused: Any = getattr(exceptions, "ModelRefusalError", None)
    if refused is not None:
        raise refused.from_refusal(refusals[0], raw_message=message)
    reason = refusals[0].get("refusal") or "it gave no reason."
    raise exceptions.OutputParserException(f"The model refused: {reason}", llm_output=text)
