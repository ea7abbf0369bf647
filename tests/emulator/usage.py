"""The token counter and the prices: four characters are a token, everything else is a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .answers import Answer
    from .conversation import Ask, Turn

CREDITS_PER_USD = 2_000_000
"""As on the published page: 120000 credits are 0.06 USD."""

_PER_TURN = 4
_CACHED_FROM = 1024
_CACHED_STEP = 128


def tokens_of(text: str) -> int:
    """Return the tokens of a text."""
    return (len(text) + 3) // 4


def _turn_tokens(turn: Turn) -> int:
    texts = [*turn.texts, *turn.reasoning, *(result.text for result in turn.results)]
    texts += [call.name + json.dumps(call.arguments) for call in turn.calls]
    attached = [*turn.attachments, *(a for result in turn.results for a in result.attachments)]
    return _PER_TURN + sum(map(tokens_of, texts)) + sum(a.tokens for a in attached)


def prompt_tokens(ask: Ask) -> int:
    """Return the tokens of instructions, tools and turns."""
    tools = tokens_of(ask.tool_text) if ask.tools else 0
    return tools + tokens_of(ask.system) + sum(map(_turn_tokens, ask.turns))


def count(ask: Ask, made: Answer) -> dict[str, Any]:
    """Return the usage of a request, with the details that the vendor sends."""
    prompt = prompt_tokens(ask)
    reasoning = tokens_of(made.reasoning)
    spoken = tokens_of(made.text) if ask.speaks else 0
    heard = sum(a.tokens for turn in ask.turns for a in turn.attachments if a.kind == "audio clip")
    completion = reasoning + spoken + max(tokens_of(made.text), 1)
    completion += sum(8 + tokens_of(call.name + json.dumps(call.arguments)) for call in made.calls)
    usage: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    return usage | _DETAILS[ask.model.style](ask, prompt, reasoning, heard, spoken)


def _claude(ask: Ask, _: int, reasoning: int, *__: int) -> dict[str, Any]:
    """The published page has bare counts; details come where caching or thinking was asked for."""
    details: dict[str, Any] = {}
    if ask.cached:
        read, written = ask.cached.read, ask.cached.written
        details["prompt_tokens_details"] = {"cached_tokens": read, "cache_write_tokens": written}
    if ask.thinks:
        details["completion_tokens_details"] = {"reasoning_tokens": reasoning}
    return details


def _automatic(prompt: int) -> int:
    """Return what OpenAI's automatic cache covers: long prompts, in steps."""
    return prompt // _CACHED_STEP * _CACHED_STEP if prompt >= _CACHED_FROM else 0


def _details(into: dict[str, int], out: dict[str, int], **more: Any) -> dict[str, Any]:
    return {"prompt_tokens_details": into, "completion_tokens_details": out, **more}


def _openai(_: Ask, prompt: int, reasoning: int, heard: int, spoken: int) -> dict[str, Any]:
    predicted = {"accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
    return _details(
        {"cached_tokens": _automatic(prompt - heard), "audio_tokens": heard},
        {"reasoning_tokens": reasoning, "audio_tokens": spoken, **predicted},
    )


def _gemini(_: Ask, prompt: int, reasoning: int, heard: int, spoken: int) -> dict[str, Any]:
    return _details(
        {"cached_tokens": _automatic(prompt - heard), "audio_tokens": heard, "video_tokens": 0},
        {"reasoning_tokens": reasoning, "image_tokens": 0, "audio_tokens": spoken},
    )


def _deepseek(_: Ask, prompt: int, reasoning: int, *__: int) -> dict[str, Any]:
    hit = prompt // 64 * 64
    counted = {"prompt_cache_hit_tokens": hit, "prompt_cache_miss_tokens": prompt - hit}
    return _details({"cached_tokens": hit}, {"reasoning_tokens": reasoning}, **counted)


def _openrouter(ask: Ask, prompt: int, reasoning: int, *_: int) -> dict[str, Any]:
    return _details(
        {"cached_tokens": 0, "audio_tokens": 0},
        {"reasoning_tokens": reasoning, "audio_tokens": 0},
        is_byok=False,
        cost=round(prompt * ask.model.prices[0] / 1e6, 9),
    )


def _perplexity(*_: Any) -> dict[str, Any]:
    return {"search_context_size": "low"}


_DETAILS: dict[str, Callable[..., dict[str, Any]]] = {
    "claude": _claude,
    "openai": _openai,
    "gemini": _gemini,
    "deepseek": _deepseek,
    "openrouter": _openrouter,
    "perplexity": _perplexity,
}


def cost(ask: Ask, usage: dict[str, Any]) -> dict[str, Any]:
    """Return `credits_used` and `usd_spent` of a usage."""
    into, out = ask.model.prices
    prompt = usage["prompt_tokens"]
    paid = ask.cached.at_full_price(prompt) if ask.cached else prompt
    return spent((paid * into + usage["completion_tokens"] * out) * 2)


def spent(credits_used: float) -> dict[str, Any]:
    """Return what is reported of a cost: whole credits, and at least one."""
    whole = max(round(credits_used), 1)
    return {"credits_used": whole, "usd_spent": whole / CREDITS_PER_USD}
