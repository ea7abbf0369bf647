"""The facts of an answer that are sent once: ids, model, finish reason, usage, cost, citations.

They come in the first chunk, in the last (OpenAI's usage), in each (Perplexity's and DeepSeek's
usage) or never. LangChain adds up what is in the chunks (strings are concatenated, numbers summed,
differing floats are an error), so each fact is remembered here, and sent on once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dict_of, name_of
from langchain_aimlapi._answers.usage import add_counts, read_cost, read_usage, token_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from langchain_core.messages.ai import UsageMetadata

PROVIDER = "aimlapi"
"""The value of `response_metadata["model_provider"]`."""

_SAME_REASONS = {
    "stop": (
        *("end_turn", "stop_sequence", "eos", "eos_token", "end"),
        *("finish", "finished", "complete", "completed"),
    ),
    "length": (
        *("max_tokens", "max_output_tokens", "max_length", "model_length", "token_limit"),
        "model_context_window_exceeded",
    ),
    "tool_calls": ("tool_call", "tool_use", "function_call"),
    "content_filter": (
        *("content_filtered", "safety", "refusal", "recitation", "prohibited_content"),
        *("blocklist", "spii", "sensitive", "guardrail_intervened"),
    ),
}
"""Of OpenAI's finish reasons: those of other vendors that mean the same, in lower case."""
_FINISH_REASONS = {each: ours for ours, same in _SAME_REASONS.items() for each in (ours, *same)}

_NORMALIZED = {
    "stop": ("stop", "completed"),
    "tool_calls": ("tool_call", "completed"),
    "length": ("length", "incomplete"),
    "content_filter": ("content_filter", "incomplete"),
    "pause_turn": ("pause", "incomplete"),
    **{each: (None, each) for each in ("queued", "in_progress", "cancelled")},
}
"""Of a finish reason: LangChain's `normalized_finish_reason` and `finish_state`."""
_REFUSED = "refusal"
FINISH_FIELDS = ("finish_reason", "normalized_finish_reason", "finish_state")
"""What LangChain reads of a finish, in metadata and in the event that ends a message."""

_AS_SENT = {
    "system_fingerprint": str,
    "service_tier": str,
    "citations": list,
    "search_results": list,
}
"""Fields of a body that go into `response_metadata`, and their types; the last list counts."""
_SERVED = {"model": "served_model", "provider": "served_provider"}
"""Of `meta`, and of headers without their `x-aimlapi-`: who served, as the pages of routers say."""
_OF_THE_CALL = ("model_name", "id", "token_usage", "cost", "system_fingerprint", "service_tier")
"""What of `response_metadata` is `llm_output` as well: facts of the whole call."""
_OF_THE_GENERATION = ("finish_reason", "native_finish_reason", "logprobs", "model_name")
"""What of `response_metadata` is `generation_info` as well."""


class Metadata:
    """Collects the facts of one answer from its body, or from the chunks of its stream.

    Args:
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether they are part of the metadata.
        include_usage: Whether the usage is part of the metadata.

    Attributes:
        headers: The same.
        cost_headers: Those that may hold the cost. A stream has none: its headers were sent before
            anything was spent.
        id: The id of the answer.
        model: The model that answered.
        counts: Token counts as sent; of each the largest.
        read_usage: Reads them.
        finish: The finish reason as sent; the first that was sent counts.
        native: The finish reason in the words of the upstream, where both are sent.
        settled: Whether the finish reason counts as it was sent, whatever the answer holds.
    """

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        *,
        include_headers: bool = False,
        include_usage: bool = True,
    ) -> None:
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.cost_headers: Mapping[str, str] = {}
        self.id: str | None = None
        self.model: str | None = None
        self.counts: dict[str, Any] = {}
        self.read_usage: Callable[[Mapping[str, Any]], UsageMetadata | None] = read_usage
        self.finish: str | None = None
        self.native: str | None = None
        self.settled = False
        self._choice = 0
        self._facts: dict[str, Any] = {}
        self._logprobs: dict[str, Any] = {}
        self._cost: dict[str, Any] | None = None
        self._include_headers = include_headers
        self._include_usage = include_usage

    def for_next_choice(self) -> Metadata:
        """Return the facts of another choice of the same body: without usage and cost."""
        other = Metadata(self.headers, include_headers=self._include_headers)
        other.id, other.model, other._facts = self.id, self.model, dict(self._facts)
        other._choice = self._choice + 1
        return other

    @property
    def seed(self) -> str | None:
        """What ids of the answer's calls are made of where none came, None where nothing serves.

        A bare number is a counter, or `0` in every answer: calls of two answers would be one.
        """
        if self.id is None or self.id.isdecimal():
            return None
        return f"{self.id}-{self._choice}" if self._choice else self.id

    def usage(self) -> UsageMetadata | None:
        """Return the token counts, if they are wanted."""
        return self.read_usage(self.counts) if self._include_usage else None

    def note(self, body: Mapping[str, Any]) -> None:
        """Take note of the facts about the whole answer in a body or a chunk."""
        if self.id is None:
            self.id = name_of(body.get("id")) or None
        if self.model is None:
            self.model = name_of(body.get("model")) or None
        usage = body.get("usage")
        if isinstance(usage, dict):
            add_counts(self.counts, usage)
        if usage or self.cost_headers or "meta" in body:
            self._note_meta(body)
        for name, kind in _AS_SENT.items():
            if (value := body.get(name)) and isinstance(value, kind):
                self._facts[name] = self._facts.get(name, value) if kind is str else value
        if "x_groq" in body and not self.counts:
            add_counts(self.counts, dict_of(dict_of(body["x_groq"]).get("usage")))

    def _note_meta(self, body: Mapping[str, Any]) -> None:
        """Take note of what it cost, who served it and how fast; the last of each counts."""
        self._cost = read_cost(body, self.cost_headers) or self._cost
        meta = dict_of(body.get("meta"))
        for name, ours in _SERVED.items():
            if served := name_of(meta.get(name)):
                self._facts[ours] = served
        if metrics := dict_of(meta.get("metrics")):
            self._facts["metrics"] = metrics

    def set_once(self, name: str, value: Any) -> None:
        """Set a fact of `response_metadata`, as sent; the first of a name counts."""
        self._facts.setdefault(name, value)

    def note_wrapped(self, state: Mapping[str, Any]) -> None:
        """Take note of the `state` beside a chunk, as Claude streams had it until February 2026.

        Its usage comes in parts: input tokens with the first event, output tokens with the one
        before the last, zeros in all others.
        """
        if isinstance(state.get("usage"), dict):
            add_counts(self.counts, {"input_tokens": 0, "output_tokens": 0, **state["usage"]})
        self.native = self.native or name_of(state.get("finishReason")) or None

    def note_choice(self, choice: Mapping[str, Any]) -> None:
        """Take note of what a choice holds beside its message."""
        if self.finish is None and choice.get("finish_reason"):
            self.finish = name_of(choice["finish_reason"]) or None
        if self.native is None and choice.get("native_finish_reason"):
            self.native = name_of(choice["native_finish_reason"]) or None
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict):
            for name, value in logprobs.items():
                known = self._logprobs.get(name)
                if isinstance(value, list) and isinstance(known, list):
                    known += value
                elif value is not None:
                    self._logprobs[name] = list(value) if isinstance(value, list) else value

    def as_dict(
        self, usage: UsageMetadata | None, *, has_calls: bool, refused: bool = False
    ) -> dict[str, Any]:
        """Return the facts as `response_metadata`.

        Args:
            usage: The token counts, as LangChain has them.
            has_calls: Whether the answer calls tools. OpenAI sends `stop` all the same where the
                tool was forced, OpenRouter for Gemini 3, and agents would not run the calls.
            refused: Whether the answer holds a refusal.
        """
        finish, native = self._finish(has_calls=has_calls)
        normalized, state = _NORMALIZED.get(finish or "", (None, None))
        if finish and (refused or (self.finish or "").lower() == _REFUSED):
            normalized, state = _REFUSED, "completed"
        headers = self.headers
        found = {
            "model_provider": PROVIDER,
            "model_name": self.model,
            "id": self.id,
            "finish_reason": finish,
            "normalized_finish_reason": normalized,
            "finish_state": state,
            "native_finish_reason": native,
            "token_usage": token_usage(usage),
            "cost": self._cost,
            "logprobs": self._logprobs or None,
            **{ours: headers.get(f"x-aimlapi-{name}") for name, ours in _SERVED.items()},
            "inference_id": headers.get("x-inference-id"),
            "client_request_id": headers.get("x-client-request-id"),
            "headers": {name: value for name, value in headers.items() if name != "set-cookie"}
            if self._include_headers
            else None,
        }
        facts = {name: value for name, value in found.items() if value is not None}
        return {**facts, **self._facts}

    def _finish(self, *, has_calls: bool) -> tuple[str | None, str | None]:
        if self.finish is None:
            return ("tool_calls" if has_calls else None), self.native
        # More may stand behind a colon: "content_filter: OTHER".
        finish = _FINISH_REASONS.get(self.finish.lower().split(":")[0].strip(), self.finish)
        if has_calls and finish == "stop" and not self.settled:
            finish = "tool_calls"
        native = self.finish if self.finish != finish else self.native
        return finish, native if native != finish else None


def call_info(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of `response_metadata` is `llm_output` of the call."""
    return {name: metadata[name] for name in _OF_THE_CALL if name in metadata}


def generation_info(metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what of `response_metadata` is `generation_info`."""
    return {name: metadata[name] for name in _OF_THE_GENERATION if name in metadata} or None


def combine_outputs(outputs: Iterable[Mapping[str, Any] | None]) -> dict[str, Any]:
    """Return the `llm_output` of several calls: tokens and cost summed, the rest of the first."""
    combined: dict[str, Any] = {}
    for output in outputs:
        for name, value in (output or {}).items():
            known = combined.get(name)
            combined[name] = _sum(known, value) if name in _SUMMED else known or value
    return combined


_SUMMED = frozenset({"token_usage", "cost"})


def _sum(one: Any, other: Any) -> Any:
    if isinstance(other or one, dict):
        one, other = one or {}, other or {}  # details of tokens may be those of one call alone
        return {name: _sum(one.get(name), other.get(name)) for name in {**one, **other}}
    return (one or 0) + (other or 0)
