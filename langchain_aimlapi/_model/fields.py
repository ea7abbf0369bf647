"""The fields of `ChatAIMLAPI`: what a user can set, with units.

The hooks that LangChain calls live in `chat_models`, the types of the fields in `field_types`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from langchain_core.language_models.chat_models import BaseChatModel
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from typing_extensions import Self

from langchain_aimlapi._model import field_types
from langchain_aimlapi._model.arguments import argument_names, collect_unknown
from langchain_aimlapi._model.connection import ConnectedModel, ConnectionArguments, describe
from langchain_aimlapi._version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_core.caches import BaseCache
    from langchain_core.callbacks import Callbacks
    from langchain_core.language_models import ModelProfile
    from langchain_core.rate_limiters import BaseRateLimiter


def described(cls: type[BaseModel]) -> str:
    """Return what each field of a class is for, one a line; LangChain's have no description."""
    found = {name: field.description for name, field in cls.model_fields.items()}
    lines = (f"    {name}: {' '.join(text.split())}" for name, text in found.items() if text)
    return "\n".join(lines)


class RequestParameters(BaseModel):
    """Parameters of the body: each field is one, under its name or that of `WIRE_NAMES`.

    One that a request schema does not have is written all the same; `unsupported` says what
    becomes of it where the model does not document it.
    """

    model_config = ConfigDict(defer_build=True)

    # --- sampling ---
    temperature: float | None = None
    """0 to 2 in the OpenAI schema, 0 to 1 in the Claude schema."""
    max_tokens: int | None = Field(
        default=None, validation_alias=AliasChoices("max_tokens", "max_tokens_to_sample")
    )
    """Upper bound of the answer, in tokens (alias `max_tokens_to_sample`). `max_completion_tokens`
    means the same; either is sent by the name that the model documents, which is `max_tokens`
    where it documents both.
    """
    top_p: float | None = None
    """Probability mass of nucleus sampling, 0 to 1."""
    top_k: int | None = None
    """Sample from the `top_k` likeliest tokens only."""
    min_p: float | None = None
    """Minimum probability of a token, relative to the likeliest one, 0 to 1."""
    top_a: float | None = None
    """Minimum probability of a token, relative to the square of the likeliest one's, 0 to 1."""
    frequency_penalty: float | None = None
    """-2 to 2; positive values repeat less, in proportion to earlier use."""
    presence_penalty: float | None = None
    """-2 to 2; positive values repeat less, whatever the earlier use."""
    repetition_penalty: float | None = None
    """Multiplicative penalty for repetition; 1 is neutral."""
    logit_bias: field_types.TokenBias = None
    """Bias per token id, -100 to 100."""
    seed: int | None = None
    """Seed of the sampling, for models that take one."""
    n: int | None = None
    """How many answers `generate` returns. A stream carries the first one only."""
    logprobs: bool | None = None
    """Whether log probabilities of the output tokens are returned."""
    top_logprobs: int | None = None
    """How many likeliest tokens are returned at each position, 0 to 20."""

    # --- reasoning ---
    reasoning_effort: str | None = None
    """`"low"`, `"medium"` or `"high"`, for models that document it."""
    reasoning: dict[str, Any] | None = None
    """`{"effort": ...}` or `{"max_tokens": tokens}`, and `{"exclude": bool}`."""
    thinking: dict[str, Any] | None = None
    """Claude: `{"type": "enabled", "budget_tokens": >= 1024}`, `{"type": "disabled"}` or
    `{"type": "adaptive"}`.
    """

    # --- responses ---
    store: bool | None = None
    """Responses endpoint: whether the service keeps the answer."""
    include: list[str] | None = None
    """Responses endpoint: what answers carry besides, such as `["reasoning.encrypted_content"]`."""
    truncation: str | None = None
    """Responses endpoint: `"auto"` drops the middle of a conversation that is too long."""
    instructions: str | None = None
    """Responses endpoint: instructions in front of the conversation."""

    # --- modalities, search, routing ---
    modalities: list[str] | None = None
    """Output modalities, such as `["text", "audio"]`."""
    audio: dict[str, Any] | None = None
    """Audio output: `{"format": ..., "voice": ...}`."""
    prediction: dict[str, Any] | None = None
    """Predicted output: `{"type": "content", "content": ...}`."""
    web_search_options: dict[str, Any] | None = None
    """`{"search_context_size": ..., "user_location": ...}` for models that search."""
    request_metadata: dict[str, Any] | None = None
    """The service's `metadata`. (`metadata` on a LangChain model is that of its traces.)"""
    provider_routing: str | list[str] | dict[str, Any] | None = None
    """The service's `provider`: which upstream answers, such as `"auto"` or `"togetherai"`."""
    provider_options: dict[str, Any] | None = None
    """How the fallback provider chooses: `{"order": [...], "sort": "price", ...}`. It needs
    `provider_routing="fallback"`.
    """
    user: str | None = None
    """Identifier of your end user."""


class AIMLAPISettings(RequestParameters, ConnectedModel, BaseChatModel):
    """What can be set on `ChatAIMLAPI`. Nothing of it is sent unless it is set."""

    # No field: how one of LangChain's fields is read.
    model_config = ConfigDict(ignored_types=(field_types.ProfileOfModel,))

    # --- where it goes, and in which form ---
    endpoint: field_types.EndpointChoice | None = "auto"
    """Which endpoint is called: `"chat/completions"`, `"responses"`, `"messages"`, or `"auto"`:
    chat/completions where the model is documented there, else the one where it is; and messages
    for a Claude that thinks and has tools, if it is documented there, since only messages keeps
    the signatures of its thoughts.
    """
    request_schema: field_types.RequestSchemaChoice = "auto"
    """Which request schema is sent: `"openai"`, `"anthropic"`, or `"auto"`: the one that the
    service documents for the model. Ids that are not documented take the Claude schema when
    they name a Claude model, the OpenAI schema otherwise.
    """

    unsupported: field_types.UnsupportedChoice = "warn"
    """What happens to a parameter, a tool setting or a value that the documents of a known model do
    not have: `"warn"` says so once per process, model and setting, and sends it; `"drop"` leaves
    it out and says so once in the log (INFO); `"raise"` refuses the call. Content that a model
    does not take is refused; with `"drop"` the block is left out, with a warning, unless nothing
    would be left of its message. What stands in `extra_body` is always sent, and so is everything
    to models without documents.
    """

    # --- how messages, tools and stop sequences are written ---
    stop: field_types.StopSequences = Field(
        default=None, validation_alias=AliasChoices("stop", "stop_sequences")
    )
    """Sequences that end the answer (alias `stop_sequences`). `stop=` of a call wins."""
    prompt_caching: field_types.CacheLife | None = None
    """`"5m"` or `"1h"`: marks tools, instructions and history with `cache_control`, so that the
    service keeps them that long. Only for models whose documents have it; your own marks stay.
    """
    parallel_tool_calls: bool | None = None
    """Whether several tools may be called in one answer."""
    use_previous_response_id: bool = False
    """Responses endpoint: whether the service keeps the conversation, so that only what is new
    after its last answer is sent.
    """

    reuse_last_container: bool | None = None
    """Messages endpoint: whether Claude's code goes on in the container of the last answer of the
    conversation that has one. A `container` that you give wins.
    """

    resend_reasoning: bool | None = None
    """chat/completions: whether earlier answers go back with their `reasoning_content`. By
    default those that called tools do, to models of the vendors that demand it (DeepSeek from
    V3.2 on, Kimi, GLM, MiniMax).
    """

    # --- streaming ---
    streaming: bool = False
    """Whether `invoke` uses the streaming endpoint as well."""
    stream_usage: bool = True
    """Whether streams report token usage."""

    # --- transport ---
    timeout: field_types.Seconds = 600.0
    """Seconds, or an `httpx.Timeout`. Bounds connect, write, read and pool wait, and, as a
    number, also the whole of a non-streaming attempt. The default is 600, since long answers of
    reasoning models take minutes, with 15 to connect. `None` switches it off.
    """
    stream_chunk_timeout: float | None = Field(default=120.0, gt=0)
    """Seconds that a stream may go without a chunk; keep-alive comments do not count. Unless it
    is set, a shorter read timeout applies here too. `None` switches it off.
    """
    max_answer_bytes: int = Field(default=256 * 1024 * 1024, ge=1024)
    """Bytes that an answer, or one event of a stream, may have at most, decoded: a guard
    against servers that never end. More is a `MalformedResponseError`.
    """
    include_response_headers: bool = False
    """Whether `response_metadata["headers"]` carries the response headers."""
    client_request_id: field_types.RequestId = None
    """Value of `X-Client-Request-Id`, or a callable that returns one for each call: 1 to 128
    characters of `A-Z a-z 0-9 . _ : -`. The same id is sent on all attempts of a call.
    """

    # --- what has no field of its own ---
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the service without a field here, such as `{"enable_search": True}`."""

    @model_validator(mode="before")
    @classmethod
    def _collect_unknown_arguments(cls, values: Any) -> Any:
        """Move unknown constructor arguments into `model_kwargs`, with a warning."""
        if not isinstance(values, dict):
            return values
        return collect_unknown(values, argument_names(cls), cls.__name__)

    if not TYPE_CHECKING:  # for a type checker it is LangChain's field
        profile = field_types.ProfileOfModel()

    # The base stores the profile in a validator of this name. Ours is looked up when it is read.
    @model_validator(mode="after")
    def _set_model_profile(self) -> Self:
        return self

    # The base's check of its keys would look it up. Only a user's can hold others.
    @model_validator(mode="after")
    def _check_profile_keys(self) -> Self:
        if "profile" in self.model_fields_set:
            # mypy sees the decorator, not the method.
            cast("Any", super())._check_profile_keys()  # noqa: SLF001  # the base's
        return self

    @model_validator(mode="after")
    def _set_aimlapi_version(self) -> Self:
        self._add_version("langchain-aimlapi", __version__)
        return self

    # --- how the fields are written out ---

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: `dumps` and `load` round-trip, without the key."""
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Fields that are never written out, and the variables they are read from."""
        return {"api_key": "AIMLAPI_API_KEY"}

    @property
    def lc_attributes(self) -> dict[str, Any]:
        """Fields that are written in another form than they are held in."""
        timeout = self.timeout
        if timeout is None or isinstance(timeout, (int, float)):
            return {}
        return {"timeout": timeout.as_dict()}


describe(AIMLAPISettings)
for _name in ("custom_get_token_ids", "rate_limiter"):  # of these JSON knows only the absence
    AIMLAPISettings.model_fields[_name].metadata.append(WithJsonSchema({"type": "null"}))


# --- the arguments of the constructor, for type checkers ----------------------------------------
class ChatArguments(ConnectionArguments, total=False):
    """The arguments of `ChatAIMLAPI`, apart from `model`."""

    endpoint: field_types.EndpointChoice
    request_schema: field_types.RequestSchemaChoice
    unsupported: field_types.UnsupportedChoice

    temperature: float | None
    max_tokens: int | None
    max_tokens_to_sample: int | None
    top_p: float | None
    top_k: int | None
    min_p: float | None
    top_a: float | None
    frequency_penalty: float | None
    presence_penalty: float | None
    repetition_penalty: float | None
    logit_bias: Mapping[str, float] | Mapping[int, float] | None
    stop: str | Sequence[str] | None
    stop_sequences: str | Sequence[str] | None
    seed: int | None
    n: int | None
    logprobs: bool | None
    top_logprobs: int | None

    reasoning_effort: str | None
    reasoning: Mapping[str, Any] | None
    thinking: Mapping[str, Any] | None
    use_previous_response_id: bool
    reuse_last_container: bool | None
    store: bool | None
    include: Sequence[str] | None
    truncation: str | None
    instructions: str | None
    resend_reasoning: bool | None
    prompt_caching: field_types.CacheLife | None

    parallel_tool_calls: bool | None
    modalities: Sequence[str] | None
    audio: Mapping[str, Any] | None
    prediction: Mapping[str, Any] | None
    web_search_options: Mapping[str, Any] | None
    request_metadata: Mapping[str, Any] | None
    provider_routing: str | Sequence[str] | Mapping[str, Any] | None
    provider_options: Mapping[str, Any] | None
    user: str | None

    streaming: bool
    stream_usage: bool
    stream_chunk_timeout: float | None
    max_answer_bytes: int
    include_response_headers: bool
    client_request_id: str | Callable[[], str] | None
    model_kwargs: Mapping[str, Any]

    # --- LangChain's own ---
    name: str | None
    cache: BaseCache | bool | None
    verbose: bool
    callbacks: Callbacks
    tags: list[str] | None
    metadata: dict[str, Any] | None
    custom_get_token_ids: Callable[[str], list[int]] | None
    rate_limiter: BaseRateLimiter | None
    disable_streaming: bool | Literal["tool_calling"]
    output_version: str | None
    profile: ModelProfile | None
