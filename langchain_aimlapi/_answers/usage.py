"""What a call used and what it cost: tokens from `usage`, money from `meta.usage` or headers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from langchain_core.messages.ai import UsageMetadata

from langchain_aimlapi._answers.coerce import dict_of

_MAX_COUNT = 10**15
"""Tokens or credits. More is an overflow of whoever counted."""

_INPUT = ("prompt_tokens", "input_tokens")
_OUTPUT = ("completion_tokens", "output_tokens")
_PARTS = (_INPUT, _OUTPUT)

Places = Mapping[str, tuple[str, ...]]
"""Where counts stand: their name in the usage, behind that of the object which they are in."""

# Vendors put the same count in different places; the first that holds one is taken. OpenAI's
# comes first: `token_usage` writes it there.
_INPUT_DETAILS: Places = {
    "audio": ("prompt_tokens_details.audio_tokens", "input_tokens_details.audio_tokens"),
    "cache_read": (
        "prompt_tokens_details.cached_tokens",
        "input_tokens_details.cached_tokens",
        "cache_read_input_tokens",
        "prompt_cache_hit_tokens",
        "cached_tokens",
    ),
    "cache_creation": (
        "prompt_tokens_details.cache_write_tokens",
        "input_tokens_details.cache_write_tokens",
        "prompt_tokens_details.cache_creation_tokens",
        "cache_creation_input_tokens",
    ),
}
_OUTPUT_DETAILS: Places = {
    "audio": ("completion_tokens_details.audio_tokens", "output_tokens_details.audio_tokens"),
    "reasoning": (
        "completion_tokens_details.reasoning_tokens",
        "output_tokens_details.reasoning_tokens",
        "output_tokens_details.thinking_tokens",
        "reasoning_tokens",
    ),
}

_DETAILS: Mapping[str, tuple[str, Places]] = {
    "input_token_details": ("prompt_tokens_details", _INPUT_DETAILS),
    "output_token_details": ("completion_tokens_details", _OUTPUT_DETAILS),
}
"""By LangChain's name of details: OpenAI's name, and where the counts stand."""


def read_usage(usage: Any) -> UsageMetadata | None:
    """Return the token counts of an answer, or None when there are none that can be believed.

    Counts are reported as sent, also where the parts contradict the whole. A count that is
    missing, negative, fractional or absurdly large makes the usage unusable, not the answer.
    """
    if not isinstance(usage, dict):
        return None
    sent = _first(usage, _INPUT)
    received = _first(usage, _OUTPUT)
    if sent is None or received is None:
        return None
    total = _count(usage.get("total_tokens"))
    read = UsageMetadata(
        input_tokens=sent,
        output_tokens=received,
        total_tokens=sent + received if total is None else total,
    )
    for name, (_, places) in _DETAILS.items():
        if details := read_details(usage, places):
            read[name] = details  # type: ignore[literal-required]  # keys are those of the tables
    return read


def add_counts(known: dict[str, Any], sent: Mapping[str, Any]) -> None:
    """Add the counts of a later event to those that are known, as sent: of each the larger one.

    Counts are cumulative. An event that has none of a kind leaves it out, or says 0 or null.
    """
    if not known:
        known.update(sent)
        return
    shrinks = any((_first(sent, names) or 0) < (_first(known, names) or 0) for names in _PARTS)
    for name, value in sent.items():
        earlier = known.get(name)
        before, count = _count(earlier), _count(value)
        if isinstance(value, dict) and isinstance(earlier, dict):
            known[name] = earlier = dict(earlier)
            add_counts(earlier, value)
        elif before is None:
            known[name] = earlier if value is None else value
        elif count is not None:
            known[name] = max(before, count)
    if shrinks:
        known.pop("total_tokens", None)  # it was the total of a part


def token_usage(usage: UsageMetadata | None) -> dict[str, Any] | None:
    """Return token counts in OpenAI's names, as `response_metadata["token_usage"]` has them."""
    if usage is None:
        return None
    counts: dict[str, Any] = {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
    }
    for name, (theirs, places) in _DETAILS.items():
        details: Mapping[str, int] = usage.get(name) or {}  # type: ignore[assignment]  # a TypedDict
        if details:
            names = {kind: found[0].rpartition(".")[2] for kind, found in places.items()}
            counts[theirs] = {names.get(kind, kind): n for kind, n in details.items()}
    return counts


def read_cost(body: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what an answer cost, as `{"usd": float, "credits": int}` with what is known.

    `meta.usage` comes first, then the headers of a JSON answer, then `usage.cost`: OpenRouter's is
    a number of USD, Perplexity's an object with a total. A cost is never computed.

    Args:
        body: The answer, or the last chunk of a stream.
        headers: Response headers, lower-case or case-insensitive.
    """
    usage, spent = dict_of(body.get("usage")), dict_of(dict_of(body.get("meta")).get("usage"))
    cost = usage.get("cost")
    if isinstance(cost, dict):
        cost = cost.get("total_cost", cost.get("total"))
    for usd, credits_used in (
        (spent.get("usd_spent"), spent.get("credits_used")),
        (headers.get("x-aimlapi-usd-spent"), headers.get("x-aimlapi-credits-used")),
        (cost, None),
    ):
        sent = {"usd": usd, "credits": credits_used}
        known = {k: n for k, v in sent.items() if v is not None and (n := _amount(v)) is not None}
        if "credits" in known:
            known["credits"] = round(known["credits"])
        if known:
            return known
    return None


def _amount(value: Any) -> float | None:
    """Return an amount of money: finite and not negative; headers hold it as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if math.isfinite(amount) and 0 <= amount < _MAX_COUNT else None


def _first(usage: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((n for name in names if (n := _count(usage.get(name))) is not None), None)


def _count(value: Any) -> int | None:
    sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_COUNT
    return value if sound else None


def read_details(usage: Mapping[str, Any], table: Places) -> dict[str, int]:
    """Return the counts that a table names, of those that were sent."""
    found: dict[str, int] = {}
    for name, places in table.items():
        for place in places:
            part, _, key = place.rpartition(".")
            inside = usage.get(part) if part else usage
            count = _count(inside.get(key)) if isinstance(inside, dict) else None
            if count is not None:
                found[name] = count
                break
    return found
