"""What to do about an error of the service: one sentence behind its text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from langchain_aimlapi._messages.options import ARGUMENT_NAMES
from langchain_aimlapi._warning import warn
from langchain_aimlapi.data.embedding_models import embedding_facts_for
from langchain_aimlapi.errors import (
    AIMLAPIError,
    InvalidRequestError,
    ModelRetirementWarning,
    NotFoundError,
)
from langchain_aimlapi.profiles import ModelFacts, facts_for, nearest_models

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_REFUSES = (  # compiled when first needed, as those below
    r"(?i)unrecogni[sz]ed|un(?:known|expected)(?! error)|unsupported|undocumented|deprecated"
    r"|extra inputs?"
    r"|n[o']t (?:permitted|supported|allowed|recogni[sz]ed|accepted|support|accept|take)"
    r"|invalid (?:parameter|argument|field|key)"
)
_QUOTED = r"[\"'`]([A-Za-z_]\w*)[\"'`]"
_WORD = r"(?<![\w.])([A-Za-z_]\w*)(?![\w.\[])"
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
    if facts.documented_as or not (facts.known or facts.deprecated):
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
    facts = facts_for(model)
    known = (facts.known or facts.deprecated or facts.catalogued) and not facts.documented_as
    return not known and not embedding_facts_for(model).known


_warned_of_retirement: set[str] = set()
"""Models, by the ids that users gave."""


def warn_of_retirement(facts: ModelFacts) -> None:
    """Warn about a model that is deprecated or no longer served, once per process."""
    if facts.deprecated and facts.model not in _warned_of_retirement:
        _warned_of_retirement.add(facts.model)
        since = f" ({facts.shutdown_at})" if facts.shutdown_at else ""
        warn(
            f"{facts.model} is documented as deprecated or no longer served{since}: "
            f"{_instead_of(facts)}.",
            ModelRetirementWarning,
        )


def _instead_of(facts: ModelFacts) -> str:
    """Say what to use: what the service names, unless that is retired as well."""
    successor = facts.replaced_by
    if successor is None or facts_for(successor).deprecated:
        return "choose another model"
    return f"use {successor}, which replaces it"


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
        if re.search(_REFUSES, sentence):
            quoted = [name for name in re.findall(_QUOTED, sentence) if name in sent]
            yield from quoted or (name for name in re.findall(_WORD, sentence) if name in sent)


def _of_known(facts: ModelFacts, endpoint: str) -> str:
    if facts.deprecated or facts.replaced_by:
        return f"{facts.model} is retired: {_instead_of(facts)}."
    if endpoint not in facts.endpoints:
        where = " and ".join(facts.endpoints)
        return f'{facts.model} is documented on {where}, not on {endpoint}: set endpoint="auto".'
    return f"{facts.model} is a documented model, so check base_url; it usually ends in /v1."


def _of_unknown(model: str, error: AIMLAPIError) -> str | None:
    if embedding_facts_for(model).known:
        return f"{model} is an embedding model: use AIMLAPIEmbeddings(model={model!r})."
    is_missing = isinstance(error, NotFoundError)
    if not is_missing and "model" not in error.message.lower():
        return None
    hint = did_you_mean(model, nearest_models(model))
    return hint or ("Check model and base_url." if is_missing else None)
