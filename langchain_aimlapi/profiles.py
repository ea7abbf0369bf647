"""What the documented models take: request schema, parameters, content parts, limits.

    >>> from langchain_aimlapi.profiles import request_schema_for
    >>> request_schema_for("anthropic/claude-sonnet-4")
    'anthropic'

The facts of every documented model id are packaged as data and read when a model is first asked
about. A model that is not documented is taken to accept everything: the service decides.
`catalogue.refresh()` adds what the running service says, for this process.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping  # noqa: TC003  # of a signature, which tools resolve
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_type_hints

from langchain_core.language_models import ModelProfile

from langchain_aimlapi.data.spellings import find_spelling
from langchain_aimlapi.data.tables import Row, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

RequestSchema = Literal["openai", "anthropic"]
"""The two request bodies that `/chat/completions` takes, by model. Answers have one form."""

CHAT = "chat/completions"
"""The endpoint that serves every model whose document names no other."""
_MESSAGES = "messages"
_MESSAGES_PARTS = frozenset({"string", "text", "image", "document", "search_result"})
"""Parts of a user turn on `/messages`: its documents have the same for every model."""

REASONING_PARAMETERS = frozenset(
    {"reasoning", "reasoning_effort", "thinking", "enable_thinking", "thinking_budget"}
)


@dataclass(frozen=True, slots=True, eq=False)
class ModelFacts:
    """What is documented about a model id. Unknown ids have `known=False` and empty sets.

    Compared by identity, so that it can be the key of a cache: it holds dicts, which have no hash.
    """

    model: str
    documented_as: str | None = None
    """The id with these facts, if `model` is another spelling that no document or list has."""
    known: bool = False
    request_schema: RequestSchema = "openai"
    """The body of `/chat/completions`."""
    endpoints: tuple[str, ...] = (CHAT,)
    """Where the model is served: `"chat/completions"`, `"responses"`, `"messages"`."""
    parameters: frozenset[str] = frozenset()
    """Body fields of `/chat/completions`."""
    parameters_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Body fields per other endpoint."""
    parts_by_role: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Content parts per role, in the words of the wire; `"string"` stands for plain text."""
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """`minimum`, `maximum`, `enum`, `default` per parameter."""
    response_formats: frozenset[str] = frozenset()
    """`"text"`, `"json_object"`, `"json_schema"`: what `response_format` may be."""
    tool_choices: frozenset[str] = frozenset()
    """What `tool_choice` may be: OpenAI's words, the types of its dicts, the types of Claude's."""
    responses_tools: frozenset[str] = frozenset()
    """Types of tools on `/responses`."""
    context: int | None = None
    """Context window in tokens."""
    published_context: int | None = None
    """Input tokens as others publish them for the same model, where the documents say nothing."""
    published_output: int | None = None
    """The same for output tokens."""
    deprecated: bool = False
    """Whether the model is deprecated, or served no more."""
    replaced_by: str | None = None
    """The id that replaces it, where one is published."""
    shutdown_at: str | None = None
    """The day on which it is no longer served, ISO 8601, where one is published."""
    aliases: tuple[str, ...] = ()
    name: str | None = None
    developer: str | None = None
    both_message_styles: bool = False
    """A Claude-schema model that is documented to take OpenAI-style messages too."""
    both_schemas: bool = False
    """A model that is documented once in each schema."""
    takes_reasoning: bool = False
    """Whether an OpenAI-style assistant message may carry `reasoning_content`."""
    catalogued: bool = False
    """A model of the catalogue that has no document: its profile is known, and nothing else."""
    released: str | None = None
    """Date as the live catalogue has it; packaged facts have none."""
    output_modalities: tuple[str, ...] = ()
    """Such as `"text"`, `"image"`, by the live catalogue; packaged facts have none."""
    prices: Mapping[str, float] = field(default_factory=dict)
    """USD per million tokens by measure, `"input"`, `"output"` ..., by the live catalogue."""

    def takes(self, parameter: str, endpoint: str = CHAT) -> bool:
        """Return whether the model is documented to take `parameter` on `endpoint`.

        Unknown models take all, and so does an endpoint that is not documented for the model.
        """
        if not self.known or endpoint not in self.endpoints:
            return True
        return parameter in (
            self.parameters if endpoint == CHAT else self.parameters_of.get(endpoint, ())
        )

    def takes_format(self, name: str) -> bool:
        """Return whether a `response_format` of type `name` is taken, unknown models included."""
        return not (self.known and self.response_formats) or name in self.response_formats

    def takes_choice(self, form: str) -> bool:
        """Return whether a `tool_choice` of this form is taken, unknown models included."""
        return not (self.known and self.tool_choices) or form in self.tool_choices

    def parts_for(self, role: str) -> frozenset[str] | None:
        """Return the parts that `role` takes, or None when nothing is known about the model."""
        known = bool(self.parts_by_role) and not self.catalogued
        return self.parts_by_role.get(role, frozenset()) if known else None

    def in_undocumented_schema(self, parts: Mapping[str, frozenset[str]]) -> ModelFacts:
        """Return the facts of a model whose request schema the user chose against its documents.

        Args:
            parts: The content parts per role that the schema has at all. A model of which
                nothing is known gets whatever it is given.
        """
        of_schema = parts if self.known else {}
        return replace(self, known=False, limits={}, parts_by_role=of_schema)


class LiveFacts(NamedTuple):
    """What the running service says of a model, as fields of `ModelFacts`.

    Attributes:
        listed: Fields that count for every model.
        undocumented: Fields that count for a model without packaged facts.
        parameters: Parameters per endpoint, by documents; added to the packaged ones.
        limits: Of these parameters; they count before the packaged ones.
    """

    listed: Mapping[str, Any]
    undocumented: Mapping[str, Any]
    parameters: Mapping[str, frozenset[str]]
    limits: Mapping[str, Mapping[str, Any]]

    def added_to(self, facts: ModelFacts) -> ModelFacts:
        """Return packaged facts, which are the floor, with the live ones.

        A packaged model gets the endpoints whose documents were read, but is not moved to
        chat/completions: some that are documented elsewhere are listed there as well.
        """
        if not facts.known:
            shown = {"catalogued": bool(self.undocumented), **self.undocumented}
            facts = replace(facts, endpoints=tuple(self.parameters) or facts.endpoints, **shown)
        known = {**facts.parameters_of, CHAT: facts.parameters}
        added = {
            name: words | known.get(name, frozenset())
            for name, words in self.parameters.items()
            if words and (name in facts.endpoints or name != CHAT)
        }
        return replace(
            facts,
            **self.listed,
            endpoints=tuple(dict.fromkeys((*facts.endpoints, *added))),
            parameters=added.pop(CHAT, facts.parameters),
            parameters_of={**facts.parameters_of, **added},
            limits={**facts.limits, **self.limits},
        )


_live: dict[str, LiveFacts] = {}


def use_live_facts(by_name: Mapping[str, LiveFacts]) -> None:
    """Let these facts, by id and alias, count in this process in place of earlier live ones."""
    global _live  # noqa: PLW0603  # replaced as a whole, so that threads see the old or the new
    _live = dict(by_name)
    facts_for.cache_clear()


@lru_cache(maxsize=2048)
def facts_for(model: str) -> ModelFacts:
    """Return what is documented about `model`, an id, an alias or another spelling of one.

    An id without a document takes the Claude schema when it names a Claude model and the OpenAI
    schema otherwise, and is taken to accept everything.
    """
    facts = _packaged_facts(model)
    live = _live.get(find_spelling(model, _live) or "")
    return facts if live is None else live.added_to(facts)


def _packaged_facts(model: str) -> ModelFacts:
    data = tables()
    name = model if model in data.models else data.ids_by_alias.get(model)
    spelt = None if name else find_spelling(model, data.models)
    line = data.models.get(name or spelt or "")
    if line is None:
        claude = "claude" in model.lower()
        return ModelFacts(model=model, request_schema="anthropic" if claude else "openai")
    row = Row(*line.split("|"))
    endpoints = _lists(data.endpoints[row.endpoints])
    return ModelFacts(
        model=model,
        documented_as=spelt,
        known="c" not in row.flags,
        request_schema=cast("RequestSchema", row.schema),
        endpoints=tuple(endpoints),
        parameters=data.word_set(row.parameters),
        parameters_of={name: words for name, words in endpoints.items() if name != CHAT},
        parts_by_role=_lists(data.parts.get(row.parts, "")),
        limits=_limits(data.limits[row.limits]),
        response_formats=data.word_set(row.response_formats),
        tool_choices=data.word_set(row.tool_choices),
        responses_tools=data.word_set(row.responses_tools),
        context=_number(row.context),
        published_context=_number(row.published_context),
        published_output=_number(row.published_output),
        deprecated="d" in row.flags or "x" in row.flags,
        replaced_by=row.replaced_by or None,
        shutdown_at=row.shutdown_at or None,
        aliases=tuple(row.aliases.split()),
        name=row.name or None,
        developer=row.developer or None,
        both_message_styles="o" in row.flags,
        both_schemas="b" in row.flags,
        takes_reasoning="r" in row.flags,
        catalogued="c" in row.flags,
    )


def request_schema_for(model: str) -> RequestSchema:
    """Return which request schema `model` takes, `"openai"` or `"anthropic"`."""
    return facts_for(model).request_schema


def known_models() -> list[str]:
    """Return the ids of all documented models, sorted."""
    return list(tables().models)


def nearest_models(model: str, n: int = 3) -> list[str]:
    """Return up to `n` documented ids that look like `model`, best first: a hint after a typo."""
    ids = {known.lower(): known for known in (*known_models(), *_live)}
    bare = {known.rsplit("/", 1)[-1]: known for known in reversed(ids)}
    wanted = model.lower()
    close = difflib.get_close_matches(wanted, ids, n=n, cutoff=0.6)
    # A name without its vendor ("gpt-4o-mini-x") is compared with names without theirs.
    close += [bare[x] for x in difflib.get_close_matches(wanted.rsplit("/", 1)[-1], bare, n=n)]
    spelt = facts_for(model).documented_as
    return list(dict.fromkeys([*filter(None, [spelt]), *(ids[x] for x in close)]))[:n]


def profile_for(model: str) -> ModelProfile | None:
    """Return LangChain's profile of a documented or catalogued model, None for any other id.

    Only keys that the installed `langchain_core` declares are given, so that neither an older nor
    a newer one warns about them.
    """
    facts = facts_for(model)
    if not (facts.known or facts.catalogued):
        return None
    if facts.known and facts.endpoints == (_MESSAGES,):
        parameters = facts.parameters_of[_MESSAGES]
        facts = replace(facts, parameters=parameters, parts_by_role={"user": _MESSAGES_PARTS})
    elif facts.known and CHAT not in facts.endpoints:
        return _declared(_profile_of_responses(facts))
    user = facts.parts_by_role.get("user", frozenset())
    claude = facts.request_schema == "anthropic"
    effort = facts.limits.get("reasoning_effort", {})
    profile = {
        **_name_and_sizes(facts),
        "text_inputs": not user.isdisjoint({"string", "text"}),
        "image_inputs": not user.isdisjoint({"image", "image_url"}),
        "image_url_inputs": takes_source_urls(facts) if claude else "image_url" in user,
        "pdf_inputs": not user.isdisjoint({"file", "document"}),
        "audio_inputs": "input_audio" in user,
        "video_inputs": "video_url" in user,
        # In the OpenAI schema media of tool results are shown in a user turn.
        "image_tool_message": "tools" in facts.parameters
        and not user.isdisjoint({"image", "image_url"}),
        "pdf_tool_message": "tools" in facts.parameters
        and (takes_source_urls(facts) if claude else "file" in user),
        "text_outputs": True,
        "audio_outputs": "audio" in facts.parameters or "audio" in facts.output_modalities,
        "reasoning_output": not facts.parameters.isdisjoint(REASONING_PARAMETERS),
        "reasoning_effort_levels": list(effort["enum"]) if effort.get("enum") else None,
        "reasoning_effort_default": effort.get("default"),
        "tool_calling": "tools" in facts.parameters,
        "tool_choice": "tool_choice" in facts.parameters,
        "mid_conversation_system_messages": not claude and "system" in facts.parts_by_role,
        "tool_call_streaming": True if "tools" in facts.parameters else None,
        "structured_output": "response_format" in facts.parameters
        and facts.takes_format("json_schema"),
        "attachment": not user.isdisjoint({"file", "document"}),
        "temperature": "temperature" in facts.parameters,
    }
    return _declared(profile)


def _profile_of_responses(facts: ModelFacts) -> dict[str, Any]:
    """Return the profile of a model that is served on `/responses` alone.

    Which parts its turns take is not among its facts, so nothing is claimed about images.
    """
    tools = "function" in facts.responses_tools
    return {
        **_name_and_sizes(facts),
        "text_inputs": True,
        "text_outputs": True,
        "reasoning_output": facts.takes("reasoning", "responses") or None,
        "tool_calling": tools,
        "tool_choice": tools and facts.takes("tool_choice", "responses"),
        "tool_call_streaming": True if tools else None,
        "structured_output": facts.takes("text", "responses"),
        "temperature": facts.takes("temperature", "responses"),
    }


def _name_and_sizes(facts: ModelFacts) -> dict[str, Any]:
    """Return name, status, dates, media and limits: the service's own before what others publish.

    Spellings of one model share its limits, because not every one has a document that states them.
    """
    same = [facts, *map(_packaged_facts, _other_spellings(facts.documented_as or facts.model))]
    documented = [
        fact.limits.get(parameter, {}).get("maximum")
        for fact in same
        for parameter in ("max_completion_tokens", "max_tokens")
    ]
    media = facts.output_modalities
    return {
        "name": facts.name or facts.model,
        "status": "deprecated" if facts.deprecated else "active",
        "release_date": facts.released,
        "image_outputs": "image" in media if media else None,
        "video_outputs": "video" in media if media else None,
        "max_input_tokens": _first(
            [fact.context for fact in same] + [fact.published_context for fact in same]
        ),
        "max_output_tokens": _first(documented + [fact.published_output for fact in same]),
    }


def _other_spellings(model: str) -> list[str]:
    """Return the documented spellings of the same model, the id that they stand for first."""
    spellings = tables().spellings
    id_ = spellings.get(model, model)
    return [id_, *(name for name, other in spellings.items() if other == id_)]


def _first(values: Iterable[int | None]) -> int | None:
    return next((value for value in values if value is not None), None)


def _declared(profile: Mapping[str, Any]) -> ModelProfile:
    declared = _declared_profile_keys()
    kept = {key: profile[key] for key in profile if key in declared and profile[key] is not None}
    return cast("ModelProfile", kept)


def takes_source_urls(facts: ModelFacts) -> bool:
    """Return whether a Claude-style source may be a URL.

    The documents that list search results among the parts are those with sources by URL,
    documents in tool results and `cache_control`; the older ones take base64 and nothing else.
    """
    return not facts.known or "search_result" in facts.parts_by_role.get("user", ())


@cache
def _declared_profile_keys() -> frozenset[str]:
    return frozenset(get_type_hints(ModelProfile))


@cache
def _lists(text: str) -> Mapping[str, frozenset[str]]:
    rows = (row.partition(":") for row in text.split("; ") if row)
    return MappingProxyType({name: frozenset(words.split()) for name, _, words in rows})


def _number(text: str) -> int | None:
    return int(text) if text else None


@cache
def _limits(text: str) -> Mapping[str, Mapping[str, Any]]:
    return MappingProxyType(json.loads(text))
