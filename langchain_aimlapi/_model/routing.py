"""Which endpoint of the service a call goes to."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from langchain_aimlapi._dialects import CHAT_COMPLETIONS, endpoint_for
from langchain_aimlapi._model.field_types import EndpointChoice
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_aimlapi.profiles import ModelFacts

MESSAGES = "messages"
RESPONSES = "responses"

_CHOICES: tuple[str, ...] = get_args(EndpointChoice)

logger = logging.getLogger("langchain_aimlapi")


def endpoint_of(settings: Mapping[str, Any], facts: ModelFacts) -> str:
    """Return the name of the endpoint that a call with `settings` goes to.

    `endpoint="auto"` is chat/completions where the model is documented there, else the endpoint
    where it is. The one exception: a Claude that thinks and has tools goes to messages where it is
    documented there. On chat/completions its thoughts come without their signatures, so that they
    cannot be sent back with the results of the tools. A `request_schema` that the user chose is
    one of chat/completions, so the call stays there.

    Raises:
        ConfigurationError: `endpoint` is none that there is.
    """
    asked = settings.get("endpoint") or "auto"
    if asked not in _CHOICES:
        choices = ", ".join(map(repr, _CHOICES))
        raise ConfigurationError(f"endpoint must be one of {choices}, not {asked!r:.80}.")
    if asked != "auto":
        return str(asked)
    if _loses_thoughts(settings, facts):
        return MESSAGES
    return endpoint_for(facts.endpoints)


def _loses_thoughts(settings: Mapping[str, Any], facts: ModelFacts) -> bool:
    if MESSAGES not in facts.endpoints:
        return False
    if not settings.get("tools") or settings.get("request_schema", "auto") != "auto":
        return False
    thinking = settings.get("thinking")
    return isinstance(thinking, Mapping) and thinking.get("type") in {"enabled", "adaptive"}


def undocumented(endpoint: str, facts: ModelFacts) -> str | None:
    """Return what to say about a model that is known, but not on `endpoint`; None if it is."""
    if not facts.known or endpoint in facts.endpoints:
        return None
    where = " and ".join(facts.endpoints)
    return f"{facts.model} is not documented on the endpoint {endpoint}, but on {where}."


@cache
def note_messages(model: str) -> None:
    """Log once per model that `"auto"` took messages."""
    logger.info(
        'Calls of %s that think and have tools go to the endpoint "messages", which keeps the '
        'signatures of thoughts; endpoint="%s" keeps them there.',
        model,
        CHAT_COMPLETIONS,
    )
