"""Arguments that are none of ours: which of them are refused, and what was meant by them.

What other packages call their key, their URL or their timeout would be a parameter of the service
here: written into the body, into traces and dumps. So those names are refused.
"""

from __future__ import annotations

import difflib
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices

from langchain_aimlapi._http.redaction import hidden
from langchain_aimlapi._model.field_types import HIDDEN_ARGUMENTS
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pydantic import BaseModel

# By a name in small letters, without what separates its words. The first that fits counts.
_MEANT = (
    ("timeout", re.compile(r"timeout")),
    ("proxy", re.compile(r"prox(?:y|ies|yurl)$")),
    ("default_headers", re.compile(r"headers?$")),
    (
        "api_key",
        re.compile(
            r"apikey|(?:access|auth|secret|subscription|license)key$|^key$"
            r"|(?:access|api|auth|bearer|hf|hub|id|security|session)token$|^token$"
            r"|secret$|password$|passwd$|credentials?$|authorization$|^auth$|^bearer$"
        ),
    ),
    (
        "base_url",
        re.compile(
            r"(?:api|server|gateway|base|service)ur[li]$|apibase$|endpoint(?:url)?$|apihost$"
            r"|^(?:url|uri|host|hostname|base)$"
        ),
    ),
)

# Names of other packages that are no secrets: they are passed on, with a warning that says ours.
_CALLED_HERE = {
    "max_tokens_to_sample": "max_tokens",
    "openrouter_provider": "provider_routing",
    "use_responses_api": 'endpoint="responses"',
}


def hide_arguments(known: frozenset[str], arguments: dict[str, Any]) -> None:
    """Hide the arguments of a constructor that may be secrets, until they are read.

    It changes the dict itself, since a traceback shows the arguments of every function.
    """
    for name in arguments.keys() & HIDDEN_ARGUMENTS.keys():
        arguments[name] = HIDDEN_ARGUMENTS[name](arguments[name])
    for name in arguments.keys() - known:
        if meant_by(name):
            arguments[name] = hidden(arguments[name])


def name_model(args: tuple[Any, ...], arguments: dict[str, Any], owner: str) -> None:
    """Put the model id, which may stand first without a name, among the named arguments.

    Raises:
        TypeError: More stands without a name, or the model is named as well.
    """
    if not args:
        return
    if len(args) > 1 or not isinstance(args[0], str) or {"model", "model_name"} & arguments.keys():
        raise TypeError(
            f'Only the model id may stand without a name, once: {owner}("...", timeout=60).'
        )
    arguments["model"] = args[0]


def refuse_unknown(names: Iterable[str], known: frozenset[str], owner: str) -> None:
    """Refuse the names that are none of `known`, with the one that was meant.

    Raises:
        ConfigurationError: There are such names.
    """
    unknown = sorted(set(names) - known)
    if unknown:
        asked = ", ".join(name + (_meant(name) or _near(name, known)) for name in unknown)
        raise ConfigurationError(
            f"{asked}: no {_parameters(unknown)} of {owner}. What else the service takes goes into "
            "extra_body."
        )


def warn_of_slips(name: str, known: frozenset[str]) -> None:
    """Warn about an argument of a call that is none of `known`, but written nearly like one."""
    near = "" if name in known else _near(name, known, cutoff=0.85)
    if near:
        warn(f"{name}{near}: it is sent as it is. If that is meant, put it into extra_body.")


def _parameters(names: Collection[str]) -> str:
    return "parameter" if len(names) == 1 else "parameters"


def _meant(name: str) -> str:
    ours = meant_by(name)
    return f" (did you mean {ours}?)" if ours else ""


@lru_cache(maxsize=256)
def meant_by(name: str) -> str | None:
    """Return the argument of ours that a name of another package stands for, if it is one."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return next((ours for ours, pattern in _MEANT if pattern.search(plain)), None)


def refuse_foreign(names: Iterable[str]) -> None:
    """Refuse names that look like keys, URLs, headers or timeouts of other packages.

    Raises:
        ConfigurationError: One is.
    """
    found = {name: ours for name in sorted(names) if (ours := meant_by(name))}
    if found:
        asked = ", ".join(f"{name} (did you mean {ours}?)" for name, ours in found.items())
        one = len(found) == 1
        raise ConfigurationError(
            f"There {'is' if one else 'are'} no argument{'' if one else 's'} {asked}. "
            f"{'It' if one else 'They'} would be sent to the service as {'a ' if one else ''}"
            f"{_parameters(found)}. If that is what you want, put {'it' if one else 'them'} into "
            "extra_body."
        )


def with_unknown_sorted(
    values: dict[str, Any], known: frozenset[str], owner: str
) -> dict[str, Any]:
    """Return the arguments of a constructor, with those that are not known in `model_kwargs`.

    Args:
        values: The arguments.
        known: Names and aliases of the fields.
        owner: Name of the class.

    Raises:
        ConfigurationError: One looks like a key, a URL, headers or a timeout of other packages, or
            is given twice.
    """
    unknown = values.keys() - known
    refuse_foreign(unknown)
    if unknown:
        names = ", ".join(name + _ours(name, known) for name in sorted(unknown))
        warn(
            f"{names}: no {_parameters(unknown)} of {owner}; passed on in model_kwargs. "
            "Set model_kwargs yourself if that is what you want."
        )
    _warn_of_output_version(values.get("output_version"))
    extra = dict(values.get("model_kwargs") or {})
    twice = extra.keys() & (values.keys() - {"model_kwargs"})
    if twice:
        raise ConfigurationError(
            f"{', '.join(sorted(twice))}: given twice, as an argument and in model_kwargs."
        )
    misplaced = extra.keys() & known
    if misplaced:
        names = ", ".join(sorted(misplaced))
        if len(misplaced) == 1:
            warn(f"{names}: has a field of its own; set it there, not in model_kwargs.")
        else:
            warn(f"{names}: have fields of their own; set them there, not in model_kwargs.")
    promoted = {name: extra.pop(name) for name in misplaced}
    extra.update({name: values[name] for name in unknown})
    kept = {name: value for name, value in values.items() if name not in unknown}
    return {**kept, **promoted, "model_kwargs": extra}


def _warn_of_output_version(version: Any) -> None:
    """Warn about a form of content that LangChain does not have; one of `stream_events` is none."""
    if version not in (None, "v0", "v1"):
        warn(
            f'output_version={version!r}: there are "v0" and "v1", so content stays as it is in '
            '"v0". For protocol events write model.stream_events(..., version="v3").'
        )


def _ours(name: str, known: frozenset[str]) -> str:
    ours = _CALLED_HERE.get(name)
    return f" (did you mean {ours}?)" if ours else _near(name, known)


@lru_cache(maxsize=256)
def _near(name: str, known: frozenset[str], cutoff: float = 0.8) -> str:
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=cutoff)
    return f" (did you mean {near[0]}?)" if near else ""


@cache
def argument_names(cls: type[BaseModel]) -> frozenset[str]:
    """Return the names that the constructor takes, aliases included."""
    names: set[str] = set()
    fields: Mapping[str, Any] = cls.model_fields
    for name, field in fields.items():
        names.add(name)
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names.update(choice for choice in alias.choices if isinstance(choice, str))
        elif isinstance(alias, str):
            names.add(alias)
    return frozenset(names)
