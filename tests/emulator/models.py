"""The models that the emulator plays: documented ids, parameters, roles, parts, vendors' habits.

Kept here by hand and apart from the package's own facts on purpose: what checks the client must
not share the client's mistakes. Of each document there is what tests and examples send.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

Style = Literal["claude", "openai", "deepseek", "gemini", "openrouter", "perplexity"]
Reasoning = Literal["none", "shown", "hidden", "asked"]
"""`shown` always in the answer, `hidden` only in the token counts, `asked` when asked for."""

Parts = dict[str, frozenset[str]]


def _set(*groups: str) -> frozenset[str]:
    return frozenset(" ".join(groups).split())


@dataclass(frozen=True, eq=False)
class Model:
    """One documented model under all its names."""

    names: tuple[str, ...]
    """All ids that are documented for it; the first one is the id of the catalogue."""
    title: str
    developer: str
    prices: tuple[float, float]
    """USD per million tokens, in and out."""
    parameters: frozenset[str]
    parts: Parts
    """Content that each role takes; `string` stands for plain text."""
    style: Style
    served: str
    """What an answer's `model` says."""
    context: int = 128_000
    output_max: int = 16_384
    reasoning: Reasoning = "none"
    openai_parameters: frozenset[str] = frozenset()
    """Of a Claude that is asked in OpenAI's request schema: what it takes besides."""
    responses: frozenset[str] = frozenset()
    """Fields of `/v1/responses` besides `model` and `input`; none where it is not served there."""
    server_tools: frozenset[str] = _set("function web_search_preview")
    """Tools on `/v1/responses` by type; the service itself runs all but functions."""
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


def _parts(user: str = "", *, tool: str = "string text", developer: bool = True) -> Parts:
    """Return what each role takes; an empty `tool` is a model without tools."""
    parts = {"user": _TEXT | _set(user), "system": _TEXT, "assistant": _TEXT}
    parts |= {"developer": _TEXT} if developer else {}
    return parts | ({"tool": _set(tool)} if tool else {})


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

OPENAI_PARTS_OF_CLAUDE = _parts("image_url file input_audio")
"""Claude takes OpenAI-style messages, too, so it has two sets of parts."""

_RESPONSES = _set(
    "include instructions max_output_tokens previous_response_id store stream text",
    "tools tool_choice parallel_tool_calls",
)


def _model(
    names: str,
    title: str,
    developer: str,
    prices: tuple[float, float],
    *parameters: str,
    served: str = "",
    **more: Any,
) -> Model:
    """Return a model of all its names; what it says of itself is the last one, unless told."""
    ids = tuple(names.split())
    taken = more.pop("takes", frozenset()) | _set(*parameters)
    return Model(ids, title, developer, prices, taken, served=served or ids[-1], **more)


_claude = partial(
    _model, style="claude", parts=_CLAUDE_PARTS, context=1_000_000, output_max=32_000,
    reasoning="asked", takes=_CLAUDE_OLDER,
)  # fmt: skip
_gpt = partial(_model, style="openai", parts=_parts("image_url file", tool="string"), takes=_GPT)
_shown = partial(_model, style="deepseek", reasoning="shown", takes=_REASONER)

MODELS: tuple[Model, ...] = (
    _claude("anthropic/claude-sonnet-4 claude-sonnet-4 claude-sonnet-4-20250514",
            "Claude 4 Sonnet", "Anthropic", (3.9, 19.5),
            openai_parameters=_GPT | {"reasoning_effort"}),
    _claude("anthropic/claude-sonnet-4.5 claude-sonnet-4-5 claude-sonnet-4-5-20250929",
            "Claude 4.5 Sonnet", "Anthropic", (3.9, 19.5)),
    _claude("anthropic/claude-haiku-4.5 claude-haiku-4-5 claude-haiku-4-5-20251001",
            "Claude 4.5 Haiku", "Anthropic", (1.3, 6.5)),
    _claude("anthropic/claude-sonnet-5", "Claude Sonnet 5", "Anthropic", (3.9, 19.5),
            takes=_CLAUDE_NEWEST, output_max=128_000),
    _gpt("openai/gpt-4o gpt-4o gpt-4o-2024-08-06 gpt-4o-2024-05-13",
         "Chat GPT 4o", "Open AI", (3.25, 13.0), served="gpt-4o-2024-08-06",
         responses=_RESPONSES | _set("temperature top_p")),
    _gpt("gpt-4o-mini gpt-4o-mini-2024-07-18", "Chat GPT 4o mini", "Open AI", (0.195, 0.78),
         tags=("budget",)),
    _gpt("typesafe/jev-router", "JEV Router", "Open AI", (3.25, 13.0),
         served="gpt-4o-2024-08-06", routes_to="openai/gpt-4o"),
    _gpt("gpt-4o-audio-preview", "GPT 4o Audio", "Open AI", (3.25, 13.0), _SPOKEN,
         served="gpt-4o-audio-preview-2025-06-03", takes=_GPT - {"response_format", "stop"},
         parts=_parts("input_audio file", tool="string"), audio_out=True),
    _gpt("google/gemini-3-5-flash", "Gemini 3.5 Flash", "Google", (0.65, 3.9),
         _SPOKEN, "reasoning_effort", style="gemini", context=1_000_000, reasoning="hidden",
         parts=_parts("image_url file input_audio video_url", developer=False)),
    _shown("deepseek-reasoner deepseek/deepseek-r1", "DeepSeek R1", "DeepSeek", (0.715, 2.847),
           served="deepseek-reasoner", parts=_parts("file", tool="")),
    _shown("deepseek/deepseek-v4-flash", "DeepSeek 4 Flash", "DeepSeek", (0.182, 0.364),
           _TOOLS, _SEARCH, "reasoning reasoning_effort",
           parts=_parts(tool="string", developer=False), context=1_000_000),
    # No document of these two says which ids of calls they take, or that they want their thoughts
    # back: see `habits`.
    _gpt("mistralai/mistral-nemo", "Mistral Nemo", "Mistral AI", (0.026, 0.052), "top_k",
         parts=_parts("file", tool="string")),
    _shown("moonshotai/kimi-k2-thinking", "Kimi K2 Thinking", "Moonshot", (0.78, 3.25), _TOOLS,
           parts=_parts("file image_url"), context=262_144),
    _shown("nvidia/nemotron-3-nano-omni-30b-a3b-reasoning", "Nemotron 3 Nano Omni", "NVIDIA",
           (0.078, 0.312), _TOOLS, _SPOKEN, "reasoning", style="openrouter", context=256_000,
           parts=_parts("image_url file input_audio")),
    _model("perplexity/sonar", "Sonar", "Perplexity", (1.3, 1.3), "response_format", _SEARCH,
           served="sonar", takes=_REASONER - {"stop"}, style="perplexity", searches=True,
           parts=_parts("image_url", tool="", developer=False)),
)  # fmt: skip

_of_responses_only = partial(_gpt, takes=frozenset(), context=400_000, reasoning="hidden")
_ONLY_THERE = (
    _of_responses_only("openai/gpt-5-pro", "GPT-5 Pro", "Open AI", (19.5, 156.0),
                       responses=_RESPONSES),
    _of_responses_only("openai/gpt-5-4", "GPT-5.4", "Open AI", (3.25, 19.5),
                       served="gpt-5.4-2026-03-05",
                       responses=_RESPONSES | _set("temperature top_p reasoning"),
                       server_tools=_set("function web_search_preview code_interpreter")),
)  # fmt: skip

BY_NAME = MappingProxyType({name: model for model in MODELS for name in model.names})
ON_RESPONSES = MappingProxyType(
    {name: model for model in (*MODELS, *_ONLY_THERE) if model.responses for name in model.names}
)
ON_MESSAGES = MappingProxyType(
    {
        name: replace(BY_NAME[name], parameters=_CLAUDE_NEWEST)
        for name in ("anthropic/claude-sonnet-4", "anthropic/claude-sonnet-5")
    }
)

RETIRED = frozenset({"gpt-4.5-preview"})
"""Documented once, switched off since: the service answers 404."""
