"""What a call used and what it cost: tokens from `usage`, money from `meta.usage` or headers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_COUNT = 10**15
"""Tokens or credits. More is an overflow of whoever counted."""

_INPUT = ("prompt_tokens", "input_tokens")
_OUTPUT = ("completion_tokens", "output_tokens")

# Where the parts of the counts stand, by vendor: in which object ("" is the usage itself) and under
# which key. The first that holds a count is taken.
_INPUT_DETAILS: dict[str, tuple[tuple[str, str], ...]] = {
    "audio": (("prompt_tokens_details", "audio_tokens"), ("input_tokens_details", "audio_tokens")),
    "cache_read": (
        ("prompt_tokens_details", "cached_tokens"),
        ("input_tokens_details", "cached_tokens"),
        ("", "cache_read_input_tokens"),
        ("", "prompt_cache_hit_tokens"),
        ("", "cached_tokens"),
    ),
    "cache_creation": (
        ("prompt_tokens_details", "cache_write_tokens"),
        ("input_tokens_details", "cache_write_tokens"),
        ("prompt_tokens_details", "cache_creation_tokens"),
        ("", "cache_creation_input_tokens"),
    ),
}
_OUTPUT_DETAILS: dict[str, tuple[tuple[str, str], ...]] = {
    "audio": (
        ("completion_tokens_details", "audio_tokens"),
        ("output_tokens_details", "audio_tokens"),
    ),
    "reasoning": (
        ("completion_tokens_details", "reasoning_tokens"),
        ("output_tokens_details", "reasoning_tokens"),
        ("", "reasoning_tokens"),
    ),
}


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
    if details := _details(usage, _INPUT_DETAILS):
        read["input_token_details"] = InputTokenDetails(**details)  # type: ignore[typeddict-item]  # keys are those of the table
    if details := _details(usage, _OUTPUT_DETAILS):
        read["output_token_details"] = OutputTokenDetails(**details)  # type: ignore[typeddict-item]  # the same
    return read


def add_counts(known: dict[str, Any], sent: Mapping[str, Any]) -> None:
    """Add counts that came later to those that are known, as sent: of each the larger one stays.

    Counts are cumulative. An event that has none of a kind leaves it out, or says 0 or null.
    """
    for name, value in sent.items():
        earlier = known.get(name)
        if isinstance(value, dict) and isinstance(earlier, dict):
            known[name] = earlier = dict(earlier)
            add_counts(earlier, value)
        elif _count(earlier) is not None and _count(value) is not None:
            known[name] = max(earlier, value)
        elif value is not None:
            known[name] = value


def larger(known: UsageMetadata | None, new: UsageMetadata | None) -> UsageMetadata | None:
    """Return counts that came later, but none that is smaller than it was before."""
    if known is None or new is None:
        return new or known
    before, counts = _flat(known), _flat(new)
    if all(counts.get(name, 0) >= count for name, count in before.items()):
        return new
    most = {name: max(before.get(name, 0), counts.get(name, 0)) for name in {**before, **counts}}
    sent, received = most["", "input_tokens"], most["", "output_tokens"]
    merged = UsageMetadata(
        input_tokens=sent,
        output_tokens=received,
        total_tokens=max(most["", "total_tokens"], sent + received),
    )
    for (part, name), count in most.items():
        if part:
            merged.setdefault(part, {})[name] = count  # type: ignore[misc]  # the name of a part
    return merged


def _flat(usage: UsageMetadata) -> dict[tuple[str, str], int]:
    """Return counts by their place: the part they are details of (`""` for none), and name."""
    flat: dict[tuple[str, str], int] = {}
    for name, value in usage.items():
        if isinstance(value, dict):
            flat.update({(name, detail): count for detail, count in value.items()})
        else:
            flat["", name] = value  # type: ignore[assignment]  # a count
    return flat


def token_usage(usage: UsageMetadata | None) -> dict[str, Any] | None:
    """Return token counts in OpenAI's names, as `response_metadata["token_usage"]` has them."""
    if usage is None:
        return None
    counts: dict[str, Any] = {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
    }
    if details := usage.get("input_token_details"):
        names = _OPENAI_INPUT
        counts["prompt_tokens_details"] = {names.get(k, k): n for k, n in details.items()}
    if details_out := usage.get("output_token_details"):
        names = _OPENAI_OUTPUT
        counts["completion_tokens_details"] = {names.get(k, k): n for k, n in details_out.items()}
    return counts


_OPENAI_INPUT = {
    "audio": "audio_tokens",
    "cache_read": "cached_tokens",
    "cache_creation": "cache_write_tokens",
}
_OPENAI_OUTPUT = {"audio": "audio_tokens", "reasoning": "reasoning_tokens"}


def read_cost(body: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what an answer cost, as `{"usd": float, "credits": int}` with what is known.

    `meta.usage` comes first, then the headers of a JSON answer, then `usage.cost`, which some
    upstreams send as a number of USD or as a dict with a total. A cost is never computed.

    Args:
        body: The answer, or the last chunk of a stream.
        headers: Response headers, lower-case or case-insensitive.
    """
    usd, credits_used = _cost_of_meta(body.get("meta"))
    if usd is None and credits_used is None:
        usd = _amount(headers.get("x-aimlapi-usd-spent"))
        credits_used = _credits(headers.get("x-aimlapi-credits-used"))
    if usd is None and credits_used is None:
        usage = body.get("usage")
        usd = _cost_of_usage(usage.get("cost")) if isinstance(usage, dict) else None
    found = {"usd": usd, "credits": credits_used}
    return {name: value for name, value in found.items() if value is not None} or None


def _cost_of_meta(meta: Any) -> tuple[float | None, int | None]:
    usage = meta.get("usage") if isinstance(meta, dict) else None
    if not isinstance(usage, dict):
        return None, None
    return _amount(usage.get("usd_spent")), _credits(usage.get("credits_used"))


def _cost_of_usage(cost: Any) -> float | None:
    if isinstance(cost, dict):
        cost = next((cost[key] for key in ("total_cost", "total") if key in cost), None)
    return _amount(cost)


def _amount(value: Any) -> float | None:
    """Return an amount of money: finite and not negative; headers hold it as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        amount = float(value)
    except (ValueError, OverflowError):
        return None
    return amount if math.isfinite(amount) and 0 <= amount < _MAX_COUNT else None


def _credits(value: Any) -> int | None:
    amount = _amount(value)
    return None if amount is None else round(amount)


def _first(usage: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((n for name in names if (n := _count(usage.get(name))) is not None), None)


def _count(value: Any) -> int | None:
    sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_COUNT
    return value if sound else None


def _details(
    usage: Mapping[str, Any], table: dict[str, tuple[tuple[str, str], ...]]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, places in table.items():
        for part, key in places:
            inside = usage.get(part) if part else usage
            count = _count(inside.get(key)) if isinstance(inside, dict) else None
            if count is not None:
                found[name] = count
                break
    return found
