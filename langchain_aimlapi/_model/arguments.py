"""Wrong and unknown arguments: what is refused, in which words, and what was probably meant.

What other packages call their key, their URL or their timeout would be a parameter of the service
here: written into the body, into traces and dumps. So those names are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, ValidationError

from langchain_aimlapi._http.redaction import hidden, revealed
from langchain_aimlapi._messages.options import note_slip
from langchain_aimlapi._model.field_types import HIDDEN_ARGUMENTS
from langchain_aimlapi._model.mcp_keys import hide_mcp_keys
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

# --- constructors -------------------------------------------------------------------------------


@cache
def argument_names(cls: type[BaseModel]) -> frozenset[str]:
    """Return the names that the constructor takes, aliases included."""
    names: set[str] = set(cls.model_fields)
    for field in cls.model_fields.values():
        if isinstance(field.validation_alias, AliasChoices):
            names.update(map(str, field.validation_alias.choices))
    return frozenset(names)


def construct(
    init: Callable[..., None],
    owner: type[BaseModel],
    args: tuple[Any, ...],
    arguments: dict[str, Any],
) -> None:
    """Call a constructor of pydantic, whose errors become one readable sentence.

    Args:
        init: The constructor of the base class.
        owner: The class that is made.
        args: Arguments without a name: the model id, or none.
        arguments: Arguments by name. Those that may be secrets are hidden in the dict itself until
            they are read, since a traceback shows the arguments of every function.

    Raises:
        TypeError: More than the model id stands without a name, or the model is named as well.
        ConfigurationError: A setting is missing or wrong.
    """
    unknown = arguments.keys() - argument_names(owner)
    for name in arguments.keys() & HIDDEN_ARGUMENTS | set(filter(meant_by, unknown)):
        arguments[name] = hidden(arguments[name])
    if args:
        named = {"model", "model_name"} & arguments.keys()
        if named or len(args) > 1 or not isinstance(args[0], str):
            raise TypeError(
                "Only the model id may stand without a name, once: "
                f'{owner.__name__}("...", timeout=60).'
            )
        arguments["model"] = args[0]
    refused = None
    try:
        init(**arguments)
    except ValidationError as error:
        refused = _configuration_error(error, owner, arguments)
    if refused is not None:  # out here, so that pydantic's error does not hang on it
        raise refused


# --- unknown arguments --------------------------------------------------------------------------
# By a name in small letters, without what separates its words. The first that fits counts.
# Patterns are compiled when first needed.
_MEANT = (
    ("timeout", r"timeout"),
    ("proxy", r"prox(?:y|ies|yurl)$"),
    ("default_headers", r"headers?$"),
    (
        "api_key",
        r"apikey|(?:access|auth|secret|subscription|license)key$|^key$"
        r"|(?:access|api|auth|bearer|hf|hub|id|security|session)token$|^token$"
        r"|secret$|password$|passwd$|credentials?$|authorization$|^auth$|^bearer$",
    ),
    (
        "base_url",
        r"(?:api|server|gateway|base|service)ur[li]$|apibase$|endpoint(?:url)?$|apihost$"
        r"|^(?:url|uri|host|hostname|base)$",
    ),
)

# Names of other packages that are no secrets: they are passed on, with a warning that says ours.
_OUR_NAMES = {
    "openrouter_provider": "provider_routing",
    "use_responses_api": 'endpoint="responses"',
}

PASSED_ON = frozenset(
    {"betas", "container", "context_management", "max_completion_tokens", "mcp_servers"}
    | {"prompt_cache_key", "service_tier", "verbosity"}
    | {"include", "instructions", "store", "truncation"}  # ours as well, but not always
)
"""Fields of LangChain's other packages: parameters and no slips, wherever they are given."""


@lru_cache(maxsize=256)
def meant_by(name: str) -> str | None:
    """Return the argument of ours that a name of another package stands for, if it is one."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return next((ours for ours, pattern in _MEANT if re.search(pattern, plain)), None)


@lru_cache(maxsize=256)
def _nearest(name: str, known: frozenset[str], cutoff: float = 0.8) -> str | None:
    return next(iter(get_close_matches(name.lower(), known, n=1, cutoff=cutoff)), None)


def _did_you_mean(ours: str | None) -> str:
    return f" (did you mean {ours}?)" if ours else ""


def refuse_foreign(names: Iterable[str]) -> None:
    """Refuse names that look like keys, URLs, headers or timeouts of other packages.

    Raises:
        ConfigurationError: One is.
    """
    foreign = [name + _did_you_mean(meant_by(name)) for name in sorted(names) if meant_by(name)]
    if foreign:
        raise ConfigurationError(
            f"There is no argument {', '.join(foreign)}. Unknown names are sent to the service as "
            "parameters: if that is what you want, use extra_body."
        )


def refuse_background(settings: Mapping[str, Any]) -> None:
    """Refuse `background=True`, which asks for an answer that is fetched later.

    Raises:
        ConfigurationError: It is set.
    """
    if settings.get("background"):
        raise ConfigurationError(
            "background=True is refused: the answer of a background response comes later, from an "
            "address that is not read here. Leave it out; for long answers raise timeout."
        )


def warn_of_slips(name: str, known: frozenset[str]) -> None:
    """Warn about an argument of a call that is none of `known`, but written nearly like one."""
    near = None if name in known else _nearest(name, known, cutoff=0.85)
    if near:
        note_slip(name)
        warn(
            f"{name}{_did_you_mean(near)}: sent to the service as it is. If that is what you "
            "want, put it into extra_body."
        )


def collect_unknown(values: dict[str, Any], known: frozenset[str], owner: str) -> dict[str, Any]:
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
    extra = dict(values.get("model_kwargs") or {})
    refuse_background({**extra, **values})
    refuse_foreign(unknown)
    if unfamiliar := unknown - PASSED_ON:
        asked = ", ".join(
            name + _did_you_mean(_OUR_NAMES.get(name) or _nearest(name, known))
            for name in sorted(unfamiliar)
        )
        warn(
            f"{asked}: no parameter of {owner}; sent to the service as it is. "
            "If that is what you want, put it into extra_body."
        )
    values = _with_headers(values, extra.pop("extra_headers", None))
    twice = extra.keys() & (values.keys() - {"model_kwargs"})
    if twice:
        raise ConfigurationError(
            f"{', '.join(sorted(twice))}: given twice, as an argument and in model_kwargs."
        )
    fields = {name: extra.pop(name) for name in extra.keys() & known}
    if misplaced := fields.keys() - PASSED_ON:
        warn(f"Set {', '.join(sorted(misplaced))} directly, not in model_kwargs.")
    extra |= {name: values[name] for name in values if name in unknown}
    rest = {name: value for name, value in values.items() if name not in unknown}
    return hide_mcp_keys({**rest, **fields, "model_kwargs": extra})


def _with_headers(values: dict[str, Any], headers: Any) -> dict[str, Any]:
    """Return arguments with the headers that `ChatOpenAI` takes in `model_kwargs`."""
    given = revealed(values.get("default_headers"))
    if headers is None:
        return values
    joined = {**given, **headers} if isinstance(headers, Mapping) and given else headers
    return {**values, "default_headers": hidden(joined)}


# --- what pydantic refuses, in one line ---------------------------------------------------------
_SHOULD = r"^\w+ should "
_FROM_VALIDATORS = r"^(?:Value error|Assertion failed), "


def _configuration_error(
    error: ValidationError, owner: type[BaseModel], arguments: Mapping[str, Any]
) -> ConfigurationError:
    found: dict[str, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False, include_input=False):
        name = str(details["loc"][0]) if details["loc"] else ""
        found.setdefault(name, []).append(details)
    sentences: list[str] = []
    for name, problems in found.items():
        if problems[0]["type"] == "missing":
            sentences.append(f"{name} is missing: {owner.__name__}({name}=...).")
        elif problems[0]["type"] == "extra_forbidden":
            meant = _did_you_mean(meant_by(name) or _nearest(name, argument_names(owner)))
            sentences.append(f"{name}{meant}: no parameter of {owner.__name__}; use extra_body.")
        else:
            sentences.append(sentence_of(name, problems, arguments.get(name)))
    return ConfigurationError(" ".join(sentences))


def sentence_of(name: str, found: list[ErrorDetails], value: Any) -> str:
    """Say what a setting must be; what was given may be a secret, so it is not shown."""
    message = found[0]["msg"]
    if not re.match(_SHOULD, message):
        text = re.sub(_FROM_VALIDATORS, "", message).rstrip(".")
        return f"{name}: {text}." if name else f"{text}."
    # pydantic adds why it failed: "a valid number, unable to parse string as a number"
    alternatives = dict.fromkeys(
        re.split(", (?:unable|got) ", re.sub(_SHOULD, "", details["msg"]))[0] for details in found
    )
    value = revealed(value)
    # Steps of a path that lead nowhere in the value are pydantic's names for alternatives.
    for step in found[0]["loc"][1:]:
        in_list = isinstance(value, list) and isinstance(step, int)
        if not in_list and not (isinstance(value, Mapping) and step in value):
            break
        value, name = value[step], f"{name}[{step!r}]"
    return f"{name} must {' or '.join(alternatives)}."
