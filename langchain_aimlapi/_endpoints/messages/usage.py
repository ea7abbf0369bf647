"""Token counts of Claude, as LangChain counts them: cached tokens are a part of the input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from typing_extensions import TypeIs

from langchain_aimlapi._answers.usage import read_usage

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata

_COUNTED = frozenset({"input_tokens", "output_tokens"})
_MOST = 10**15
_WRITTEN = "cache_creation_input_tokens"
_BY_AGE = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def read_counts(sent: Mapping[str, Any]) -> UsageMetadata | None:
    """Return LangChain's usage, or None where the counts cannot be believed.

    Claude counts apart what was read from and written to its cache; LangChain's input is the sum.
    Where it says for how long something is cached, those counts replace the one of all that was
    written: the details are parts of the input, and none may be counted twice.
    """
    usage: dict[str, Any] = {"input_tokens": 0, "output_tokens": 0, **sent}
    usage.pop("total_tokens", None)
    ages = _ages(sent.get("cache_creation"))
    if ages:
        usage.setdefault(_WRITTEN, sum(ages.values()))
    read = None if _COUNTED.isdisjoint(sent) else read_usage(usage)
    if read is None:
        return None
    details: dict[str, Any] = dict(read.get("input_token_details") or {})
    read["input_tokens"] += details.get("cache_read", 0) + details.get("cache_creation", 0)
    read["total_tokens"] = read["input_tokens"] + read["output_tokens"]
    if ages and "cache_creation" in details:
        details["cache_creation"] = max(details["cache_creation"] - sum(ages.values()), 0)
    if details or ages:
        details.update(ages)
        read["input_token_details"] = details  # type: ignore[typeddict-item]  # and two of Claude's
    thinking = _thinking(sent)
    if thinking is not None:
        read["output_token_details"] = {"reasoning": thinking}
    return read


def _ages(written: Any) -> dict[str, int]:
    """Return what was written to the cache by how long it stays there."""
    if not isinstance(written, Mapping):
        return {}
    return {name: n for name in _BY_AGE if _is_count(n := written.get(name))}


def _thinking(sent: Mapping[str, Any]) -> int | None:
    details = sent.get("output_tokens_details")
    count = details.get("thinking_tokens") if isinstance(details, Mapping) else None
    return count if _is_count(count) else None


def _is_count(value: Any) -> TypeIs[int]:
    return type(value) is int and 0 <= value < _MOST
