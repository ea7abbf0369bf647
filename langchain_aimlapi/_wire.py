"""What is on the wire: vocabularies and shapes of the service's requests, answers and chunks.

Plain `TypedDict`s: a field that is missing or new must not break a reader, so nothing here
validates. Shapes are those of the published API schemas; `total=False` because upstreams differ.
"""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict

DEFAULT_BASE_URL = "https://api.aimlapi.com/v1"

RequestSchema = Literal["openai", "anthropic"]
"""The two request bodies that the one endpoint takes, by model. Answers have one form."""

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]
ToolChoiceWord = Literal["none", "auto", "required"]


# --- requests -----------------------------------------------------------------------------------
class CacheControl(TypedDict, total=False):
    """Marks the end of a cacheable prefix: `{"type": "ephemeral", "ttl": "5m" | "1h"}`."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"]


class FunctionCall(TypedDict, total=False):
    """A call of a function: its name and its arguments as JSON text."""

    name: str
    arguments: str


class ToolCall(TypedDict, total=False):
    """A tool call of an assistant message; `extra_content` is echoed back unchanged."""

    id: str
    type: Literal["function", "custom"]
    function: FunctionCall
    index: int
    extra_content: dict[str, Any]


class OpenAIMessage(TypedDict, total=False):
    """A turn in the OpenAI style."""

    role: Role
    content: str | list[dict[str, Any]]
    name: str
    tool_calls: list[ToolCall]
    tool_call_id: str
    reasoning_content: str
    refusal: str


class ClaudeMessage(TypedDict):
    """A turn in the Claude style: user and assistant only, text or a list of blocks."""

    role: Literal["user", "assistant"]
    content: str | list[dict[str, Any]]


# --- answers ------------------------------------------------------------------------------------
class TokenDetails(TypedDict, total=False):
    """Parts of a token count."""

    cached_tokens: int
    audio_tokens: int
    reasoning_tokens: int
    accepted_prediction_tokens: int
    rejected_prediction_tokens: int


class Usage(TypedDict, total=False):
    """Token counts; `input_tokens` and `output_tokens` are names of older streams."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    input_tokens: int
    output_tokens: int
    prompt_tokens_details: TokenDetails | None
    completion_tokens_details: TokenDetails | None


class MetaUsage(TypedDict, total=False):
    """What the call cost: credits of the service and US dollars."""

    credits_used: int
    usd_spent: float


class Meta(TypedDict, total=False):
    """The service's own addition to an answer or to a stream's last chunk."""

    usage: MetaUsage


class ResponseMessage(TypedDict, total=False):
    """The message of a choice, or a delta of it."""

    role: str
    content: Any
    reasoning_content: str | None
    reasoning: str | None
    reasoning_details: list[dict[str, Any]] | None
    refusal: str | None
    annotations: list[dict[str, Any]] | None
    audio: dict[str, Any] | None
    images: list[dict[str, Any]] | None
    tool_calls: list[ToolCall] | None


class Choice(TypedDict, total=False):
    """One answer: `message` in a completion, `delta` in a chunk."""

    index: int
    message: ResponseMessage
    delta: ResponseMessage
    finish_reason: str | None
    native_finish_reason: str | None
    logprobs: dict[str, Any] | None


class Completion(TypedDict, total=False):
    """A completion, or a chunk of a streamed one."""

    id: str
    object: str
    created: int
    model: str
    choices: list[Choice]
    usage: Usage | None
    service_tier: str | None
    system_fingerprint: str | None
    meta: Meta | None
