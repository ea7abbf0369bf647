"""The models that `/v1/responses` serves here, and what their documents let a request hold.

Kept by hand and apart from the package's own facts, as the other models are.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from .models import BY_NAME, Model

_BASE = (
    "background include instructions max_output_tokens parallel_tool_calls previous_response_id "
    "prompt store stream text tool_choice tools truncation"
)
_SAMPLING = "temperature top_p"
_SEARCH = "web_search_preview web_search_preview_2025_03_11"


@dataclass(frozen=True)
class Documented:
    """What the document of a model says about this endpoint."""

    model: Model
    parameters: frozenset[str]
    """Fields of the body besides `model` and `input`."""
    tools: frozenset[str]
    images: bool = True

    @property
    def reasons(self) -> bool:
        """Whether the model takes its reasoning back."""
        return "reasoning" in self.parameters


def _words(*groups: str) -> frozenset[str]:
    return frozenset(" ".join(groups).split())


def _only_here(name: str, served: str, title: str, prices: tuple[float, float]) -> Model:
    """Return a model that the other endpoints do not serve."""
    return Model(
        names=(name,),
        served=served,
        style="openai",
        parameters=frozenset(),
        parts={"user": frozenset()},
        title=title,
        developer="Open AI",
        prices=prices,
        context=400_000,
        reasoning="hidden",
    )


DOCUMENTED: tuple[Documented, ...] = (
    Documented(
        _only_here("openai/gpt-5-pro", "openai/gpt-5-pro", "GPT-5 Pro", (19.5, 156.0)),
        _words(_BASE),
        _words(_SEARCH, "function mcp"),
    ),
    Documented(
        _only_here("openai/gpt-5-4", "gpt-5.4-2026-03-05", "GPT-5.4", (3.25, 19.5)),
        _words(_BASE, _SAMPLING, "reasoning"),
        _words(_SEARCH, "function mcp code_interpreter"),
    ),
    Documented(
        _only_here("openai/gpt-5-1-codex", "gpt-5.1-codex", "GPT-5.1 Codex", (1.625, 13.0)),
        _words(_BASE, "reasoning"),
        _words(_SEARCH, "function mcp local_shell"),
        images=False,
    ),
    Documented(
        _only_here("openai/gpt-5-chat-latest", "gpt-5-chat-latest", "GPT-5 Chat", (1.625, 13.0)),
        _words(_BASE, _SAMPLING) - {"parallel_tool_calls"},
        _words("mcp"),
    ),
    Documented(
        BY_NAME["openai/gpt-5-2025-08-07"],
        _words(_BASE, "reasoning"),
        _words(_SEARCH, "function mcp code_interpreter"),
    ),
    Documented(
        BY_NAME["openai/gpt-4o"],
        _words(_BASE, _SAMPLING),
        _words(_SEARCH, "function mcp code_interpreter"),
    ),
    Documented(
        BY_NAME["gpt-4o-mini"],
        _words(_BASE, _SAMPLING),
        _words(_SEARCH, "function mcp code_interpreter"),
    ),
)

SERVED = MappingProxyType({name: row for row in DOCUMENTED for name in row.model.names})
