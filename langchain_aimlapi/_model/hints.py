"""What to do about an error of the service: one sentence behind its text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from langchain_aimlapi._messages.unsupported import ARGUMENT_NAMES
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import AIMLAPIError, InvalidRequestError, NotFoundError
from langchain_aimlapi.profiles import ModelFacts, facts_for, nearest_models

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_REFUSES = re.compile(
    r"unrecogni[sz]ed|un(?:known|expected)(?! error)|unsupported|undocumented|deprecated"
    r"|extra inputs?"
    r"|n[o']t (?:permitted|supported|allowed|recogni[sz]ed|accepted|support|accept|take)"
    r"|invalid (?:parameter|argument|field|key)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"'`]([A-Za-z_]\w*)[\"'`]")
_WORD = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(?![\w.\[])")
"""A path such as tools.0.strict is not about all of `tools`."""
_MAX_SEARCHED_CHARACTERS = 4096
"""Characters of a message that are looked at."""

_ESSENTIAL = frozenset({"model", "messages", "input", "stream"})
"""Without these there is no request."""


def hint_of_model(error: AIMLAPIError, model: str, endpoint: str) -> str | None:
    """Say what to do about a model that is not found, or that a 400 does not know.

    Args:
        error: What the service answered.
        model: The model id of the call.
        endpoint: Name of the endpoint that was asked.
    """
    if not isinstance(error, (InvalidRequestError, NotFoundError)):
        return None
    facts = facts_for(model)
    if not (facts.known or facts.deprecated):
        return _of_unknown(model, error)
    return _of_known(facts, endpoint) if isinstance(error, NotFoundError) else None


def hint_of_item(error: AIMLAPIError, model: str) -> str | None:
    """Say what to do about a request of a batch that failed for its model."""
    return _of_unknown(model, error) if _is_unknown(model) else None


def suggest_models(model: str) -> str:
    """Return a sentence with documented ids like an unknown one; empty if there are none."""
    return (did_you_mean(model, nearest_models(model)) if _is_unknown(model) else None) or ""


def did_you_mean(model: str, near: Sequence[str]) -> str | None:
    """Return a sentence with ids that look like that of a model; None where there is none."""
    return f"{model!r} is not a documented model id: did you mean {either(near)}?" if near else None


def either(names: Sequence[str]) -> str:
    """Return one or more names as a choice, such as `a, b or c`."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def warn_of_unknown(wanted: str | Iterable[str] | None, answered: Iterable[str | None]) -> None:
    """Warn about ids that the service answered nothing about and that look like others.

    Args:
        wanted: The ids that were asked for; a string may hold several, divided by commas.
        answered: The ids that something came about.
    """
    names = wanted.split(",") if isinstance(wanted, str) else wanted or ()
    found = set(answered)
    missing = [name for name in names if name not in found]
    for text in filter(None, map(suggest_models, missing)):
        warn(f"Nothing came back: {text}")


def _is_unknown(model: str) -> bool:
    from langchain_aimlapi._services import embeddings  # noqa: PLC0415  # only where needed

    facts = facts_for(model)
    known = facts.known or facts.deprecated or facts.catalogued
    return not known and not embeddings.embedding_facts_for(model).known


def hint_of_parameters(error: AIMLAPIError, body: bytes, *, per_call: bool = True) -> str | None:
    """Say how to leave out the parameters that a 400 does not take.

    Args:
        error: What the service answered.
        body: The JSON body that was sent.
        per_call: Whether a call can leave out a setting of the model.
    """
    if not isinstance(error, InvalidRequestError):
        return None
    message = error.message[:_MAX_SEARCHED_CHARACTERS]
    names = list(dict.fromkeys(_refused(message, json.loads(body).keys() - _ESSENTIAL)))
    if not names:
        return None
    if names == ["stream_options"]:
        return "Set stream_usage=False to leave out stream_options."
    them = "it" if len(names) == 1 else "them"
    which = " and ".join(names)
    if not per_call:
        return f"Leave out {which} where you set {them}: in the model or in its extra_body."
    unset = ", ".join(f"{ARGUMENT_NAMES.get(name, name)}=None" for name in names)
    return (
        f"Leave out {which} where you set {them} (in the call, in the model or in its extra_body), "
        f"or pass {unset} in the call to drop the model's value."
    )


def _refused(message: str, sent: Collection[str]) -> Iterator[str]:
    """Yield the names among `sent` that a message refuses, in its order."""
    for sentence in re.split(r"\.(?:\s|$)", message):
        if _REFUSES.search(sentence):
            quoted = [name for name in _QUOTED.findall(sentence) if name in sent]
            yield from quoted or (name for name in _WORD.findall(sentence) if name in sent)


def _of_known(facts: ModelFacts, endpoint: str) -> str:
    if facts.deprecated:
        return f"{facts.model} is retired: choose another model."
    if endpoint not in facts.endpoints:
        where = " and ".join(facts.endpoints)
        return f'{facts.model} is documented on {where}, not on {endpoint}: set endpoint="auto".'
    return f"Check base_url: {facts.model} is a documented model."


def _of_unknown(model: str, error: AIMLAPIError) -> str | None:
    from langchain_aimlapi._services import embeddings  # noqa: PLC0415  # for errors only

    if embeddings.embedding_facts_for(model).known:
        return f"{model} is an embedding model: use AIMLAPIEmbeddings(model={model!r})."
    is_missing = isinstance(error, NotFoundError)
    if not is_missing and "model" not in error.message.lower():
        return None
    hint = did_you_mean(model, nearest_models(model))
    return hint or ("Check model and base_url." if is_missing else None)
