"""The token counter and the prices: four characters are a token, everything else is a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .answers import Answer
    from .conversation import Ask, Turn

Json = dict[str, Any]

CREDITS_PER_USD = 2_000_000
"""As on the published page: 120000 credits are 0.06 USD."""

_PER_TURN = 4
_PRICES = {"an image": 85, "a file": 120, "a video": 258, "an audio clip": 10}


def tokens_of(text: str) -> int:
    """Return the tokens of a text."""
    return (len(text) + 3) // 4


def _turn_tokens(turn: Turn) -> int:
    texts = [*turn.texts, *turn.reasoning, *(result.text for result in turn.results)]
    texts += [call.name + json.dumps(call.arguments) for call in turn.calls]
    attached = [*turn.attachments, *(a for result in turn.results for a in result.attachments)]
    return _PER_TURN + sum(map(tokens_of, texts)) + sum(map(_PRICES.__getitem__, attached))


def prompt_tokens(ask: Ask) -> int:
    """Return the tokens of instructions, tools and turns."""
    tools = tokens_of(ask.tool_text) if ask.tools else 0
    return tools + tokens_of(ask.system) + sum(map(_turn_tokens, ask.turns))


def count(ask: Ask, made: Answer) -> Json:
    """Return the usage of a request, with the details that the vendor sends."""
    prompt = prompt_tokens(ask)
    reasoning = tokens_of(made.reasoning)
    spoken = tokens_of(made.text) if ask.speaks else 0
    heard = 10 * sum(turn.attachments.count("an audio clip") for turn in ask.turns)
    completion = reasoning + spoken + max(tokens_of(made.text), 1)
    completion += sum(8 + tokens_of(call.name + json.dumps(call.arguments)) for call in made.calls)
    usage: Json = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    read, written = _cached(ask, prompt - heard)
    into = {"cached_tokens": read, "audio_tokens": heard, "cache_write_tokens": written}
    out = {"reasoning_tokens": reasoning, "audio_tokens": spoken}
    # Claude's published page has bare counts: details come where caching or thinking was asked for.
    claude = ask.model.style == "claude"
    usage |= {"prompt_tokens_details": into} if ask.cached or not claude else {}
    usage |= {"completion_tokens_details": out} if ask.thinks or not claude else {}
    return usage


# The automatic caches: from how many tokens on, and in which steps.
_CACHES = {"openai": (1024, 128), "gemini": (1024, 128), "deepseek": (64, 64)}


def _cached(ask: Ask, prompt: int) -> tuple[int, int]:
    """Return the tokens that were read from a cache, and written."""
    if ask.cached:
        return ask.cached.read, ask.cached.written
    least, step = _CACHES.get(ask.model.style, (prompt + 1, 1))
    return (prompt // step * step if prompt >= least else 0), 0


def cost(ask: Ask, usage: Json) -> Json:
    """Return `credits_used` and `usd_spent` of a usage."""
    into, out = ask.model.prices
    prompt = usage["prompt_tokens"]
    paid = ask.cached.at_full_price(prompt) if ask.cached else prompt
    return spent((paid * into + usage["completion_tokens"] * out) * 2)


def spent(credits_used: float) -> Json:
    """Return what is reported of a cost: whole credits, and at least one."""
    whole = max(round(credits_used), 1)
    return {"credits_used": whole, "usd_spent": whole / CREDITS_PER_USD}
