"""The models that the emulator plays: documented ids, parameters, roles, parts, vendors' habits.

Kept here by hand and apart from the package's own facts on purpose: what checks the client must
not share the client's mistakes. Of each document there is what tests and examples send.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Literal

Style = Literal["claude", "openai", "deepseek", "gemini", "openrouter", "perplexity"]
Reasoning = Literal["none", "shown", "hidden", "asked"]
"""`shown` always in the answer, `hidden` only in the token counts, `asked` when asked for."""

Parts = dict[str, frozenset[str]]


def _set(*groups: str) -> frozenset[str]:
    return frozenset(" ".join(groups).split())


@dataclass(frozen=True)
class Responses:
    """What the document of a model says about `/v1/responses`.

    Attributes:
        parameters: Fields of the body besides `model` and `input`.
        tools: By type; the service itself runs all but functions.
    """

    parameters: frozenset[str]
    tools: frozenset[str]


@dataclass(frozen=True, eq=False)
class Model:
    """One documented model under all its names."""

    names: tuple[str, ...]
    """All ids that are documented for it; the first one is the id of the catalogue."""
    served: str
    """What an answer's `model` says."""
    title: str
    prices: tuple[float, float]
    """USD per million tokens, in and out."""
    parameters: frozenset[str]
    parts: Parts
    """Content that each role takes; `string` stands for plain text."""
    style: Style
    developer: str
    context: int = 128_000
    output_max: int = 16_384
    reasoning: Reasoning = "none"
    newer: bool = False
    """A newer Claude document: URLs, cache marks, server tools, both message styles."""
    openai_parameters: frozenset[str] = frozenset()
    """Of a Claude that is documented in OpenAI's request schema, too: what that one has."""
    responses: Responses | None = None
    audio_out: bool = False
    searches: bool = False
    tags: tuple[str, ...] = ()
    routes_to: str = ""
    """The id of the model that a router chooses."""

    @property
    def id(self) -> str:
        return self.names[0]

    @property
    def capabilities(self) -> list[str]:
        """What the catalogue says the model can do."""
        has = {
            "streaming": True,
            "tools": "tools" in self.parameters,
            "structured-outputs": "response_format" in self.parameters,
            "reasoning": self.reasoning != "none",
            "web-search": self.searches,
            "vision": "image" in self.modalities["input"],
        }
        return [name for name, yes in has.items() if yes]

    @property
    def modalities(self) -> dict[str, list[str]]:
        """What goes in and what comes out."""
        kinds = {
            "text": {"string"},
            "image": {"image", "image_url"},
            "file": {"file", "document"},
            "audio": {"input_audio"},
            "video": {"video_url"},
        }
        inputs = [name for name, parts in kinds.items() if parts & self.parts["user"]]
        return {"input": inputs, "output": ["text", "audio"] if self.audio_out else ["text"]}


_TEXT = _set("string text")


def _parts(user: str, *, tool: str = "", developer: bool = True) -> Parts:
    parts = {"user": _TEXT | _set(user), "system": _TEXT, "assistant": _TEXT}
    if developer:
        parts["developer"] = _TEXT
    if tool:
        parts["tool"] = _set(tool)
    return parts


_BASE = "max_tokens stream stream_options"
_TOOLS = "tools tool_choice response_format parallel_tool_calls"
_SAMPLING = "temperature top_p frequency_penalty presence_penalty seed stop"
_GPT = _set(_BASE, _TOOLS, _SAMPLING, "max_completion_tokens")
_REASONER = _set(_BASE, _SAMPLING, "top_k")
_SPOKEN = "audio modalities"
_SEARCH = "web_search_options search_recency_filter"
_CLAUDE_NEWEST = _set("max_tokens stream system stop_sequences tools tool_choice thinking metadata")
_CLAUDE_OLDER = _CLAUDE_NEWEST | {"temperature", "top_p", "top_k"}
_CLAUDE_PARTS = dict.fromkeys(("user", "assistant"), _TEXT | _set("image document"))

OPENAI_PARTS_OF_CLAUDE = _parts("image_url file", tool="string text")
# A newer Claude document takes OpenAI-style messages too, so it has two sets of parts.
OPENAI_PARTS_OF_NEWER_CLAUDE = _parts("image_url file input_audio", tool="string text")

_GPT_PARTS = _parts("image_url file", tool="string")
_WITHOUT_DEVELOPER = partial(_parts, developer=False)
_RESPONSES = _set(
    "include instructions max_output_tokens previous_response_id store stream text",
    "tools tool_choice parallel_tool_calls",
)
_SERVER_TOOLS = "web_search_preview function mcp"

_of_anthropic = partial(
    Model,
    style="claude",
    developer="Anthropic",
    parts=_CLAUDE_PARTS,
    context=1_000_000,
    output_max=32_000,
    reasoning="asked",
)
_of_openai = partial(Model, style="openai", developer="Open AI", parts=_GPT_PARTS)
_shown = partial(Model, reasoning="shown")

MODELS: tuple[Model, ...] = (
    _of_anthropic(
        ("anthropic/claude-sonnet-4", "claude-sonnet-4", "claude-sonnet-4-20250514"),
        "claude-sonnet-4-20250514",
        "Claude 4 Sonnet",
        (3.9, 19.5),
        _CLAUDE_OLDER,
        openai_parameters=_GPT | {"reasoning_effort"},
    ),
    _of_anthropic(
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        "claude-sonnet-4-5-20250929",
        "Claude 4.5 Sonnet",
        (3.9, 19.5),
        _CLAUDE_OLDER,
    ),
    _of_anthropic(
        ("anthropic/claude-haiku-4.5", "claude-haiku-4-5", "claude-haiku-4-5-20251001"),
        "claude-haiku-4-5-20251001",
        "Claude 4.5 Haiku",
        (1.3, 6.5),
        _CLAUDE_OLDER,
    ),
    _of_anthropic(
        ("anthropic/claude-sonnet-5",),
        "anthropic/claude-sonnet-5",
        "Claude Sonnet 5",
        (3.9, 19.5),
        _CLAUDE_NEWEST,
        output_max=128_000,
        newer=True,
    ),
    _of_openai(
        ("openai/gpt-4o", "gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-2024-05-13"),
        "gpt-4o-2024-08-06",
        "Chat GPT 4o",
        (3.25, 13.0),
        _GPT,
        responses=Responses(
            _RESPONSES | _set("temperature top_p"),
            _set(_SERVER_TOOLS, "code_interpreter"),
        ),
    ),
    _of_openai(
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
        "gpt-4o-mini-2024-07-18",
        "Chat GPT 4o mini",
        (0.195, 0.78),
        _GPT,
        tags=("budget",),
    ),
    _of_openai(
        ("typesafe/jev-router",),
        "gpt-4o-2024-08-06",
        "JEV Router",
        (3.25, 13.0),
        _GPT,
        routes_to="openai/gpt-4o",
    ),
    _of_openai(
        ("gpt-4o-audio-preview",),
        "gpt-4o-audio-preview-2025-06-03",
        "GPT 4o Audio",
        (3.25, 13.0),
        (_GPT - {"response_format", "stop"}) | _set(_SPOKEN),
        parts=_parts("input_audio file", tool="string"),
        audio_out=True,
    ),
    Model(
        ("google/gemini-3-5-flash",),
        "google/gemini-3-5-flash",
        "Gemini 3.5 Flash",
        (0.65, 3.9),
        _GPT | _set(_SPOKEN, "reasoning_effort"),
        _WITHOUT_DEVELOPER("image_url file input_audio video_url", tool="string text"),
        style="gemini",
        developer="Google",
        context=1_000_000,
        reasoning="hidden",
    ),
    _shown(
        ("deepseek-reasoner", "deepseek/deepseek-r1"),
        "deepseek-reasoner",
        "DeepSeek R1",
        (0.715, 2.847),
        _REASONER,
        _parts("file"),
        "deepseek",
        "DeepSeek",
    ),
    _shown(
        ("deepseek/deepseek-v4-flash",),
        "deepseek/deepseek-v4-flash",
        "DeepSeek 4 Flash",
        (0.182, 0.364),
        _REASONER | _set(_TOOLS, _SEARCH, "reasoning reasoning_effort"),
        _WITHOUT_DEVELOPER("", tool="string"),
        "deepseek",
        "DeepSeek",
        context=1_000_000,
    ),
    # No document of these two says which ids of calls they take, or that they want their thoughts
    # back: see `habits`.
    Model(
        ("mistralai/mistral-nemo",),
        "mistralai/mistral-nemo",
        "Mistral Nemo",
        (0.026, 0.052),
        _GPT | {"top_k"},
        _parts("file", tool="string"),
        "openai",
        "Mistral AI",
    ),
    _shown(
        ("moonshotai/kimi-k2-thinking",),
        "moonshotai/kimi-k2-thinking",
        "Kimi K2 Thinking",
        (0.78, 3.25),
        _REASONER | _set(_TOOLS),
        _parts("file image_url", tool="string text"),
        "deepseek",
        "Moonshot",
        context=262_144,
    ),
    _shown(
        ("nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",),
        "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",
        "Nemotron 3 Nano Omni",
        (0.078, 0.312),
        _REASONER | _set(_TOOLS, _SPOKEN, "reasoning"),
        _parts("image_url file input_audio", tool="string text"),
        "openrouter",
        "NVIDIA",
        context=256_000,
    ),
    Model(
        ("perplexity/sonar",),
        "sonar",
        "Sonar",
        (1.3, 1.3),
        (_REASONER - {"stop"}) | _set("response_format", _SEARCH),
        _WITHOUT_DEVELOPER("image_url"),
        "perplexity",
        "Perplexity",
        searches=True,
    ),
)

_of_responses_only = partial(
    _of_openai, parameters=frozenset(), context=400_000, reasoning="hidden"
)
_ONLY_THERE = (
    _of_responses_only(
        ("openai/gpt-5-pro",),
        "openai/gpt-5-pro",
        "GPT-5 Pro",
        (19.5, 156.0),
        responses=Responses(_RESPONSES, _set(_SERVER_TOOLS)),
    ),
    _of_responses_only(
        ("openai/gpt-5-4",),
        "gpt-5.4-2026-03-05",
        "GPT-5.4",
        (3.25, 19.5),
        responses=Responses(
            _RESPONSES | _set("temperature top_p reasoning"),
            _set(_SERVER_TOOLS, "code_interpreter"),
        ),
    ),
)

IN_OPENAI_STYLE = MappingProxyType(
    {
        model.id: replace(model, parameters=model.openai_parameters, parts=OPENAI_PARTS_OF_CLAUDE)
        for model in MODELS
        if model.openai_parameters
    }
)
"""Claude, as it is documented in OpenAI's request schema."""
BY_NAME = MappingProxyType({name: model for model in MODELS for name in model.names})
ON_RESPONSES = MappingProxyType(
    {name: model for model in (*MODELS, *_ONLY_THERE) if model.responses for name in model.names}
)
ON_MESSAGES = MappingProxyType(
    {
        name: replace(BY_NAME[name], newer=True, parameters=_CLAUDE_NEWEST)
        for name in ("anthropic/claude-sonnet-4", "anthropic/claude-sonnet-5")
    }
)

RETIRED = frozenset({"gpt-4.5-preview"})
"""Documented once, switched off since: the service answers 404."""
