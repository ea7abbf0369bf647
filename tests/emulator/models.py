"""The models that the emulator plays: documented ids, parameters, roles, parts, vendors' habits.

Kept here by hand and apart from the package's own facts on purpose: what checks the client must
not share the client's mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Schema = Literal["openai", "anthropic"]
Style = Literal["claude", "openai", "deepseek", "gemini", "openrouter", "perplexity"]
Reasoning = Literal["none", "shown", "hidden", "asked"]
"""`shown` always in the answer, `hidden` only in the token counts, `asked` when asked for."""

Parts = dict[str, frozenset[str]]

_TEXT = frozenset({"string", "text"})
_WITH_REFUSAL = frozenset({"string", "text", "refusal"})
_CLAUDE_BLOCK_NAMES = "string text image document thinking redacted_thinking tool_use tool_result"
_CLAUDE_BLOCKS = frozenset(_CLAUDE_BLOCK_NAMES.split())


@dataclass(frozen=True)
class Model:
    """One documented model under all its names."""

    names: tuple[str, ...]
    """All ids that are documented for it; the first one is the id of the catalogue."""
    served: str
    """What an answer's `model` says."""
    style: Style
    parameters: frozenset[str]
    parts: Parts
    """Content that each role takes; `string` stands for plain text."""
    title: str
    developer: str
    prices: tuple[float, float]
    """USD per million tokens, in and out."""
    schema: Schema = "openai"
    context: int = 128_000
    output_max: int = 16_384
    reasoning: Reasoning = "none"
    newer: bool = False
    """A newer Claude document: URLs, cache marks, server tools, both message styles."""
    openai_parameters: frozenset[str] = frozenset()
    """Of a Claude that is documented in OpenAI's request schema, too: what that one has."""
    audio_out: bool = False
    searches: bool = False
    tags: tuple[str, ...] = field(default=())

    @property
    def id(self) -> str:
        return self.names[0]

    @property
    def aliases(self) -> tuple[str, ...]:
        return self.names[1:]

    @property
    def capabilities(self) -> list[str]:
        """What the catalogue says the model can do."""
        has = {
            "streaming": True,
            "tools": "tools" in self.parameters,
            "structured-outputs": "response_format" in self.parameters,
            "reasoning": self.reasoning != "none",
            "web-search": self.searches,
            "vision": bool(self.parts["user"] & {"image", "image_url"}),
        }
        return [name for name, yes in has.items() if yes]

    @property
    def modalities(self) -> dict[str, list[str]]:
        """What goes in and what comes out."""
        user = self.parts["user"]
        inputs = {
            "text": True,
            "image": bool(user & {"image", "image_url"}),
            "file": bool(user & {"file", "document"}),
            "audio": "input_audio" in user,
            "video": "video_url" in user,
        }
        outputs = ["text", "audio"] if self.audio_out else ["text"]
        return {"input": [name for name, yes in inputs.items() if yes], "output": outputs}


def _parts(user: str, *, tool: str = "", developer: bool = True, refusal: bool = True) -> Parts:
    parts = {
        "user": _TEXT | set(user.split()),
        "system": _TEXT,
        "assistant": _WITH_REFUSAL if refusal else _TEXT,
    }
    if developer:
        parts["developer"] = _TEXT
    if tool:
        parts["tool"] = frozenset(tool.split())
    return parts


def _set(*groups: str) -> frozenset[str]:
    return frozenset(" ".join(groups).split())


_CLAUDE_PARTS: Parts = {"user": _CLAUDE_BLOCKS, "assistant": _CLAUDE_BLOCKS}
_BASE = "max_tokens stream stream_options"
_TOOLS = "tools tool_choice response_format parallel_tool_calls"
_SAMPLING = "temperature top_p frequency_penalty presence_penalty seed stop n"
_GPT_4O = _set(
    _BASE, _TOOLS, _SAMPLING, "max_completion_tokens logit_bias logprobs top_logprobs prediction"
) | {"provider"}
_GPT_5 = _set(_BASE, _TOOLS, "max_completion_tokens n provider reasoning_effort seed")
_O_SERIES = _set(
    _BASE, "tools tool_choice response_format max_completion_tokens n reasoning_effort seed"
)
_GEMINI_2 = _set(_BASE, _TOOLS, _SAMPLING, "max_completion_tokens prediction provider")
_GEMINI_3 = _set(
    _BASE,
    _TOOLS,
    _SAMPLING,
    "max_completion_tokens prediction audio modalities normalize_tool_schemas reasoning_effort",
)
_R1 = _set(_BASE, _SAMPLING, "echo logit_bias min_p prediction repetition_penalty top_k")
_V4 = _set(
    _BASE,
    _TOOLS,
    _SAMPLING,
    "echo logit_bias logprobs top_logprobs min_p prediction reasoning reasoning_effort",
    "repetition_penalty top_a top_k return_images return_related_questions search_mode",
    "search_domain_filter search_recency_filter search_after_date_filter web_search_options",
    "search_before_date_filter last_updated_after_filter last_updated_before_filter",
) - {"n"}
_NEMO = _set(
    _BASE,
    _TOOLS,
    _SAMPLING,
    "max_completion_tokens logit_bias min_p prediction repetition_penalty top_a top_k",
) - {"n"}
_GLM = _set(_BASE, _TOOLS, "frequency_penalty presence_penalty max_completion_tokens n top_p")
_M2 = _set(
    _BASE,
    _TOOLS,
    "temperature top_p frequency_penalty presence_penalty seed logit_bias logprobs top_logprobs",
    "prediction",
)
_OMNI = _set(
    _BASE,
    _TOOLS,
    "temperature top_p top_k frequency_penalty presence_penalty repetition_penalty seed stop min_p",
    "top_a echo prediction audio modalities reasoning",
)
_AUDIO = _set(
    _BASE,
    "audio modalities tools tool_choice parallel_tool_calls max_completion_tokens logit_bias",
    "temperature top_p frequency_penalty presence_penalty seed n",
)
_SONAR = _set(
    _BASE,
    "temperature top_p top_k frequency_penalty presence_penalty logit_bias seed response_format",
    "return_images return_related_questions search_mode search_domain_filter web_search_options",
    "search_recency_filter search_after_date_filter search_before_date_filter",
    "last_updated_after_filter last_updated_before_filter",
)
_CLAUDE_NEWEST = _set("max_tokens stream system stop_sequences tools tool_choice thinking metadata")
_CLAUDE = _CLAUDE_NEWEST | {"temperature", "top_p", "top_k"}

_SONNET_4_IN_OPENAI_STYLE = _set(
    _BASE, _TOOLS, _SAMPLING, "max_completion_tokens provider reasoning reasoning_effort top_k"
) - {"n"}
OPENAI_PARTS_OF_CLAUDE = _parts("image_url file", tool="string text", refusal=False)

# A newer Claude document takes OpenAI-style messages too, so it has two sets of parts.
OPENAI_PARTS_OF_NEWER_CLAUDE: Parts = {
    "system": _TEXT,
    "developer": _TEXT,
    "user": _set("string text image_url image input_audio file video_url"),
    "assistant": _WITH_REFUSAL,
    "tool": _TEXT,
}


def _claude(
    *names: str,
    served: str,
    title: str,
    prices: tuple[float, float],
    newest: bool = False,
    openai_parameters: frozenset[str] = frozenset(),
) -> Model:
    return Model(
        names=names,
        served=served,
        style="claude",
        schema="anthropic",
        parameters=_CLAUDE_NEWEST if newest else _CLAUDE,
        parts=_CLAUDE_PARTS,
        title=title,
        developer="Anthropic",
        prices=prices,
        context=1_000_000,
        output_max=128_000 if newest else 32_000,
        reasoning="asked",
        newer=newest,
        openai_parameters=openai_parameters,
    )


MODELS: tuple[Model, ...] = (
    _claude(
        "anthropic/claude-sonnet-4",
        "claude-sonnet-4",
        "claude-sonnet-4-20250514",
        served="claude-sonnet-4-20250514",
        title="Claude 4 Sonnet",
        prices=(3.9, 19.5),
        openai_parameters=_SONNET_4_IN_OPENAI_STYLE,
    ),
    _claude(
        "anthropic/claude-sonnet-4.5",
        "claude-sonnet-4-5",
        "claude-sonnet-4-5-20250929",
        served="claude-sonnet-4-5-20250929",
        title="Claude 4.5 Sonnet",
        prices=(3.9, 19.5),
    ),
    _claude(
        "anthropic/claude-haiku-4.5",
        "claude-haiku-4-5",
        "claude-haiku-4-5-20251001",
        served="claude-haiku-4-5-20251001",
        title="Claude 4.5 Haiku",
        prices=(1.3, 6.5),
    ),
    _claude(
        "anthropic/claude-sonnet-5",
        served="anthropic/claude-sonnet-5",
        title="Claude Sonnet 5",
        prices=(3.9, 19.5),
        newest=True,
    ),
    Model(
        names=("openai/gpt-4o", "gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-2024-05-13"),
        served="gpt-4o-2024-08-06",
        style="openai",
        parameters=_GPT_4O,
        parts=_parts("image_url file", tool="string"),
        title="Chat GPT 4o",
        developer="Open AI",
        prices=(3.25, 13.0),
    ),
    Model(
        names=("gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
        served="gpt-4o-mini-2024-07-18",
        style="openai",
        parameters=_GPT_4O,
        parts=_parts("image_url file", tool="string"),
        title="Chat GPT 4o mini",
        developer="Open AI",
        prices=(0.195, 0.78),
        tags=("budget",),
    ),
    Model(
        names=("openai/gpt-5-2025-08-07",),
        served="gpt-5-2025-08-07",
        style="openai",
        parameters=_GPT_5,
        parts=_parts("image_url file", tool="string"),
        title="GPT-5",
        developer="Open AI",
        prices=(1.625, 13.0),
        context=400_000,
        reasoning="hidden",
    ),
    Model(
        names=("openai/o3-2025-04-16",),
        served="o3-2025-04-16",
        style="openai",
        parameters=_O_SERIES,
        parts=_parts("image_url file", tool="string"),
        title="o3",
        developer="Open AI",
        prices=(2.6, 10.4),
        context=200_000,
        reasoning="hidden",
    ),
    Model(
        names=("gpt-4o-audio-preview",),
        served="gpt-4o-audio-preview-2025-06-03",
        style="openai",
        parameters=_AUDIO,
        parts=_parts("input_audio file", tool="string"),
        title="GPT 4o Audio",
        developer="Open AI",
        prices=(3.25, 13.0),
        audio_out=True,
    ),
    Model(
        names=("google/gemini-3-5-flash",),
        served="google/gemini-3-5-flash",
        style="gemini",
        parameters=_GEMINI_3,
        parts=_parts("image_url file input_audio video_url", tool="string text", developer=False),
        title="Gemini 3.5 Flash",
        developer="Google",
        prices=(0.65, 3.9),
        context=1_000_000,
        reasoning="hidden",
    ),
    Model(
        names=("google/gemini-2.5-pro",),
        served="google/gemini-2.5-pro",
        style="gemini",
        parameters=_GEMINI_2,
        parts=_parts("image_url", tool="string", developer=False),
        title="Gemini 2.5 Pro",
        developer="Google",
        prices=(1.625, 13.0),
        context=1_000_000,
        reasoning="hidden",
    ),
    Model(
        names=("deepseek-reasoner", "deepseek/deepseek-r1"),
        served="deepseek-reasoner",
        style="deepseek",
        parameters=_R1,
        parts=_parts("file", refusal=False),
        title="DeepSeek R1",
        developer="DeepSeek",
        prices=(0.715, 2.847),
        reasoning="shown",
    ),
    Model(
        names=("deepseek/deepseek-v4-flash",),
        served="deepseek/deepseek-v4-flash",
        style="deepseek",
        parameters=_V4,
        parts=_parts("", tool="string", developer=False),
        title="DeepSeek 4 Flash",
        developer="DeepSeek",
        prices=(0.182, 0.364),
        context=1_000_000,
        reasoning="shown",
    ),
    Model(
        names=("deepseek/deepseek-v3.2-speciale",),
        served="deepseek/deepseek-v3.2-speciale",
        style="openrouter",
        parameters=_R1,
        parts=_parts("file", refusal=False),
        title="DeepSeek V3.2 Speciale",
        developer="DeepSeek",
        prices=(0.52, 1.56),
        reasoning="shown",
    ),
    # No document of these four says which ids of calls they take, or that they want their thoughts
    # back: see `habits`.
    Model(
        names=("mistralai/mistral-nemo",),
        served="mistralai/mistral-nemo",
        style="openai",
        parameters=_NEMO,
        parts=_parts("file", tool="string"),
        title="Mistral Nemo",
        developer="Mistral AI",
        prices=(0.026, 0.052),
    ),
    Model(
        names=("moonshotai/kimi-k2-thinking",),
        served="moonshotai/kimi-k2-thinking",
        style="deepseek",
        parameters=_V4,
        parts=_parts("file image_url", tool="string text", refusal=False),
        title="Kimi K2 Thinking",
        developer="Moonshot",
        prices=(0.78, 3.25),
        context=262_144,
        reasoning="shown",
    ),
    Model(
        names=("zhipu/glm-4.7",),
        served="zhipu/glm-4.7",
        style="deepseek",
        parameters=_GLM,
        parts=_parts("", tool="string", developer=False),
        title="GLM-4.7",
        developer="Zhipu",
        prices=(0.78, 2.86),
        context=200_000,
        reasoning="shown",
    ),
    Model(
        # It writes its thoughts into the text, unless it is asked to part them, as here.
        names=("minimax/m2-1",),
        served="minimax/m2-1",
        style="deepseek",
        parameters=_M2,
        parts=_parts("file image_url", tool="string", developer=False),
        title="MiniMax M2.1",
        developer="MiniMax",
        prices=(0.39, 1.56),
        context=204_800,
        reasoning="shown",
    ),
    Model(
        names=("nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",),
        served="nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",
        style="openrouter",
        parameters=_OMNI,
        parts=_parts("image_url file input_audio", tool="string text"),
        title="Nemotron 3 Nano Omni",
        developer="NVIDIA",
        prices=(0.078, 0.312),
        context=256_000,
        reasoning="shown",
    ),
    Model(
        names=("perplexity/sonar",),
        served="sonar",
        style="perplexity",
        parameters=_SONAR,
        parts=_parts("image_url", developer=False, refusal=False),
        title="Sonar",
        developer="Perplexity",
        prices=(1.3, 1.3),
        searches=True,
    ),
)

BY_NAME = MappingProxyType({name: model for model in MODELS for name in model.names})

RETIRED = frozenset({"gpt-4.5-preview", "claude-3-opus-20240229", "gemini-1.5-pro"})
"""Documented once, switched off since: the service answers 404."""
