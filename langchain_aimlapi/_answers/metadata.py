"""The facts of an answer that are said once: ids, model, finish reason, usage, cost, citations.

Services say them in the first chunk, in the last, in each or never. LangChain adds up what
chunks say (strings are concatenated, numbers summed, differing floats are an error), so here
each fact is remembered, and told once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.usage import read_cost, read_usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.messages.ai import UsageMetadata

PROVIDER = "aimlapi"
"""The value of `response_metadata["model_provider"]`."""

FINISH_REASONS = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end": "stop",
    "finish": "stop",
    "finished": "stop",
    "complete": "stop",
    "completed": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "max_length": "length",
    "model_length": "length",
    "token_limit": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "tool_call": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "content_filtered": "content_filter",
    "safety": "content_filter",
    "refusal": "content_filter",
    "recitation": "content_filter",
    "prohibited_content": "content_filter",
    "blocklist": "content_filter",
    "spii": "content_filter",
    "sensitive": "content_filter",
    "guardrail_intervened": "content_filter",
}
"""Vendors' finish reasons, in lower case, in OpenAI's vocabulary."""

_ONCE = ("system_fingerprint", "service_tier")
_LISTS = ("citations", "search_results")


class Metadata:
    """Collects the facts of one answer from its body, or from the chunks of its stream.

    Args:
        headers: Response headers, lower-case or case-insensitive.
        include_headers: Whether they are part of the metadata.
        include_cost_headers: Whether headers may tell the cost: those of a stream are sent
            before anything was spent.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        include_headers: bool = False,
        include_cost_headers: bool = True,
    ) -> None:
        """Start without facts."""
        self.id: str | None = None
        self.model: str | None = None
        self.usage: UsageMetadata | None = None
        self.finish: str | None = None  # as sent; the first that was sent counts
        self.native: str | None = None
        self._facts: dict[str, Any] = {}
        self._logprobs: dict[str, Any] = {}
        self._cost: dict[str, Any] | None = None
        self._headers = headers
        self._include_headers = include_headers
        self._cost_headers = headers if include_cost_headers else {}

    def note(self, body: Mapping[str, Any]) -> None:
        """Take note of what a body or a chunk says about the whole answer."""
        if self.id is None:
            self.id = _name(body.get("id"))
        if self.model is None:
            self.model = _name(body.get("model"))
        if body.get("usage"):
            self.usage = read_usage(body["usage"]) or self.usage
        if self.usage is None and isinstance(body.get("x_groq"), dict):
            self.usage = read_usage(body["x_groq"].get("usage"))
        if body.get("meta") or body.get("usage") or self._cost_headers:
            self._cost = read_cost(body, self._cost_headers) or self._cost
        for name in _ONCE:
            if isinstance(body.get(name), str) and body[name]:
                self._facts.setdefault(name, body[name])
        for name in _LISTS:
            if isinstance(body.get(name), list) and body[name]:
                self._facts[name] = body[name]

    def note_wrapped(self, state: Mapping[str, Any]) -> None:
        """Take note of the `state` beside a chunk, as Claude streams had it until February 2026.

        Its usage comes in parts: input tokens with the first event, output tokens with the one
        before the last, zeros in all others.
        """
        usage = state.get("usage")
        if isinstance(usage, dict):
            known = self._facts.setdefault("_state_usage", {})
            known.update({name: count for name, count in usage.items() if count})
            self.usage = read_usage({"input_tokens": 0, "output_tokens": 0, **known})
        self.native = self.native or _name(state.get("finishReason"))

    def note_choice(self, choice: Mapping[str, Any]) -> None:
        """Take note of what a choice says beside its message."""
        if self.finish is None:
            self.finish = _name(choice.get("finish_reason"))
        if self.native is None:
            self.native = _name(choice.get("native_finish_reason"))
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict):
            for name, value in logprobs.items():
                known = self._logprobs.get(name)
                if isinstance(value, list) and isinstance(known, list):
                    known += value
                elif value is not None:
                    self._logprobs[name] = list(value) if isinstance(value, list) else value

    def as_dict(self, *, has_calls: bool) -> dict[str, Any]:
        """Return the facts as `response_metadata`.

        Args:
            has_calls: Whether the answer calls tools. Some services say `stop` all the same,
                upon which agents would not run them.
        """
        facts: dict[str, Any] = {"model_provider": PROVIDER}
        finish, native = self._finish(has_calls=has_calls)
        said = {
            "model_name": self.model,
            "id": self.id,
            "finish_reason": finish,
            "native_finish_reason": native,
            "cost": self._cost,
            "logprobs": self._logprobs or None,
            "inference_id": self._headers.get("x-inference-id"),
            "client_request_id": self._headers.get("x-client-request-id"),
            "headers": self._shown_headers() if self._include_headers else None,
            **{name: value for name, value in self._facts.items() if name[0] != "_"},
        }
        facts.update({name: value for name, value in said.items() if value is not None})
        return facts

    def _finish(self, *, has_calls: bool) -> tuple[str | None, str | None]:
        if self.finish is None:
            return ("tool_calls" if has_calls else None), self.native
        finish = FINISH_REASONS.get(self.finish.lower(), self.finish)
        if has_calls and finish == "stop":
            finish = "tool_calls"
        native = self.finish if self.finish != finish else self.native
        return finish, native if native != finish else None

    def _shown_headers(self) -> dict[str, str]:
        return {name: value for name, value in self._headers.items() if name != "set-cookie"}


def _name(value: Any) -> str | None:
    """Return a name or an id that says something."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
