"""The Claude-style body, as the chat completions endpoint takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.messages import HumanMessage

from langchain_aimlapi._endpoints.chat_completions import openai_body
from langchain_aimlapi._messages.claude_body import Body, to_claude_request
from langchain_aimlapi._messages.parts import Audio, Video
from langchain_aimlapi._messages.turns import Place, parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._messages.options import RequestOptions
    from langchain_aimlapi.profiles import ModelFacts


def to_request(messages: Sequence[BaseMessage], options: RequestOptions, facts: ModelFacts) -> Body:
    """Return the Claude-style body of a call.

    Args:
        messages: The conversation.
        options: Everything else that was set.
        facts: What is documented about the model.

    Raises:
        UnsupportedContentError: A message holds what the schema or the model cannot take.
    """
    turns = None
    if facts.both_message_styles and _has_sound_or_video(messages, facts):
        # Claude's own blocks have neither; these models take turns in the OpenAI style as well.
        turns = openai_body.turns_of(messages, options, facts)
    return to_claude_request(messages, options, facts, turns=turns)


def _has_sound_or_video(messages: Sequence[BaseMessage], facts: ModelFacts) -> bool:
    return any(
        isinstance(part, (Audio, Video))
        for index, message in enumerate(messages)
        if isinstance(message, HumanMessage) and not isinstance(message.content, str)
        for part in parts_of(Place(facts, index, message))
    )
