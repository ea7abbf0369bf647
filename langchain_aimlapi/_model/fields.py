"""The fields of `ChatAIMLAPI`: what a user can set, with units.

The hooks that LangChain calls live in `chat_models`, the types of the fields in `field_types`: the
table of what can be set reads as one page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from langchain_core.language_models.chat_models import BaseChatModel
from pydantic import AliasChoices, ConfigDict, Field, ValidationError, model_validator
from typing_extensions import Self

from langchain_aimlapi._http.user_objects import is_number
from langchain_aimlapi._model.arguments import (
    argument_names,
    hide_arguments,
    name_model,
    with_unknown_sorted,
)
from langchain_aimlapi._model.descriptions import describe_inherited
from langchain_aimlapi._model.field_types import (
    AnswerBytes,
    APIKey,
    BaseURL,
    EndpointChoice,
    ExtraBody,
    Headers,
    MaxRetries,
    ProfileOfModel,
    Proxy,
    RequestId,
    RequestSchemaChoice,
    Seconds,
    SecondsBetweenChunks,
    StopSequences,
    TokenBias,
    UserAsyncClient,
    UserClient,
    default_base_url,
)
from langchain_aimlapi._model.refused_settings import configuration_error
from langchain_aimlapi._version import __version__


class AIMLAPISettings(BaseChatModel):
    """What can be set on `ChatAIMLAPI`. Nothing of it is sent unless it is set."""

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        ignored_types=(ProfileOfModel,),  # no field: how one of LangChain's fields is read
        # An error of validation would otherwise show what it refuses: keys and headers.
        hide_input_in_errors=True,
        # Only the finished class is made, so only that one builds its validators, which is slow.
        defer_build=True,
    )

    # --- which model, where, with which key ---
    model: str = Field(
        min_length=1,
        validation_alias=AliasChoices("model", "model_name"),
        examples=["openai/gpt-4o"],
        description='Model id, such as `"openai/gpt-4o"` (alias `model_name`). Required.',
    )

    api_key: APIKey = Field(default=None, validate_default=True)  # the validator replaces None

    base_url: BaseURL = Field(default_factory=default_base_url)

    endpoint: EndpointChoice = Field(
        default="auto",
        description=(
            'Which endpoint is asked: `"chat/completions"`, `"responses"`, `"messages"`, or '
            '`"auto"`: chat/completions where the model is documented there, else the one where it '
            "is; and messages for a Claude that thinks and has tools, if it is documented there, "
            "since only messages keeps the signatures of its thoughts."
        ),
    )
    request_schema: RequestSchemaChoice = Field(
        default="auto",
        description=(
            'Which request schema is sent: `"openai"`, `"anthropic"`, or `"auto"`: the one that '
            "the service documents for the model. Ids that are not documented take the Claude "
            "schema when they name a Claude model, the OpenAI schema otherwise."
        ),
    )

    # --- sampling ---
    temperature: float | None = Field(
        default=None, description="0 to 2 in the OpenAI schema, 0 to 1 in the Claude schema."
    )
    max_tokens: int | None = Field(
        default=None,
        description="Upper bound of the answer, in tokens. Sent as `max_tokens` for every model.",
    )
    top_p: float | None = Field(
        default=None, description="Probability mass of nucleus sampling, 0 to 1."
    )
    top_k: int | None = Field(
        default=None, description="Sample from the `top_k` likeliest tokens only."
    )
    min_p: float | None = Field(
        default=None,
        description="Least probability of a token, relative to the likeliest one, 0 to 1.",
    )
    top_a: float | None = Field(
        default=None,
        description=(
            "Least probability of a token, relative to the square of the likeliest one's, 0 to 1."
        ),
    )
    frequency_penalty: float | None = Field(
        default=None,
        description="-2 to 2; positive values repeat less, in proportion to earlier use.",
    )
    presence_penalty: float | None = Field(
        default=None, description="-2 to 2; positive values repeat less, whatever the earlier use."
    )
    repetition_penalty: float | None = Field(
        default=None, description="Multiplicative penalty for repetition; 1 is neutral."
    )
    logit_bias: TokenBias = Field(default=None, description="Bias per token id, -100 to 100.")
    stop: StopSequences = Field(
        default=None,
        validation_alias=AliasChoices("stop", "stop_sequences"),
        description=(
            "Sequences that end the answer (alias `stop_sequences`). `stop=` of a call wins."
        ),
    )
    seed: int | None = Field(
        default=None, description="Seed of the sampling, for models that take one."
    )
    n: int | None = Field(
        default=None,
        description="How many answers `generate` returns. A stream carries the first one only.",
    )
    logprobs: bool | None = Field(
        default=None, description="Whether log probabilities of the output tokens are returned."
    )
    top_logprobs: int | None = Field(
        default=None,
        description="How many likeliest tokens are returned at each position, 0 to 20.",
    )

    # --- reasoning ---
    reasoning_effort: str | None = Field(
        default=None, description='`"low"`, `"medium"` or `"high"`, for models that document it.'
    )
    reasoning: dict[str, Any] | None = Field(
        default=None,
        description='`{"effort": ...}` or `{"max_tokens": tokens}`, and `{"exclude": bool}`.',
    )
    thinking: dict[str, Any] | None = Field(
        default=None,
        description=(
            'Claude: `{"type": "enabled", "budget_tokens": >= 1024}`, `{"type": "disabled"}` or '
            '`{"type": "adaptive"}`.'
        ),
    )

    use_previous_response_id: bool = Field(
        default=False,
        description=(
            "Responses endpoint: whether the service keeps the conversation, so that only what is "
            "new after its last answer is sent."
        ),
    )

    resend_reasoning: bool | None = Field(
        default=None,
        description=(
            "chat/completions: whether earlier answers go back with their `reasoning_content`. By "
            "default those that called tools do, to models of the vendors that demand it "
            "(DeepSeek from V3.2 on, Kimi, GLM, MiniMax)."
        ),
    )

    # --- tools, modalities, search, routing ---
    parallel_tool_calls: bool | None = Field(
        default=None,
        description="Whether several tools may be called in one answer. Never sent unless set.",
    )
    modalities: list[str] | None = Field(
        default=None, description='Output modalities, such as `["text", "audio"]`.'
    )
    audio: dict[str, Any] | None = Field(
        default=None, description='Audio output: `{"format": ..., "voice": ...}`.'
    )
    prediction: dict[str, Any] | None = Field(
        default=None, description='Predicted output: `{"type": "content", "content": ...}`.'
    )
    web_search_options: dict[str, Any] | None = Field(
        default=None,
        description='`{"search_context_size": ..., "user_location": ...}` for models that search.',
    )
    request_metadata: dict[str, Any] | None = Field(
        default=None,
        description=(
            "The service's `metadata`. (`metadata` on a LangChain model is that of its traces.)"
        ),
    )
    provider_routing: str | list[str] | dict[str, Any] | None = Field(
        default=None,
        description=(
            'The service\'s `provider`: which upstream answers, such as `"auto"` or `"togetherai"`.'
        ),
    )
    user: str | None = Field(default=None, description="Identifier of your end user.")

    # --- streaming ---
    streaming: bool = Field(
        default=False, description="Whether `invoke` uses the streaming endpoint as well."
    )
    stream_usage: bool = Field(default=True, description="Whether streams report token usage.")

    # --- transport ---
    timeout: Seconds = Field(
        default=600.0,
        description=(
            "Seconds, or an `httpx.Timeout`. Bounds connect, write, read and pool wait, and, as a "
            "number, also the whole of a non-streaming attempt. Default 600, as long answers of "
            "reasoning models take minutes, but 15 to connect, unless it is set. `None` switches "
            "it off."
        ),
    )
    stream_chunk_timeout: SecondsBetweenChunks = Field(
        default=120.0,
        description=(
            "Seconds that a stream may go without a chunk; keep-alive comments do not count. "
            "Unless it is set, a shorter read timeout counts here too. `None` switches it off."
        ),
    )
    max_retries: MaxRetries = Field(default=2)
    max_answer_bytes: AnswerBytes = Field(
        default=256 * 1024 * 1024,
        description=(
            "Bytes that an answer, or one event of a stream, may have at most, decoded: a guard "
            "against servers that never end. More is a `MalformedResponseError`."
        ),
    )
    default_headers: Headers = Field(
        default=None,
        description=(
            "Headers added to every request. They never replace those of the protocol. Values may "
            "be secrets, so they are left out of `repr`, dumps and traces; set them again after "
            "`load`."
        ),
    )
    proxy: Proxy = Field(
        default=None,
        description=(
            "URL of a proxy; without it `HTTPS_PROXY` and kin of the environment count. It may "
            "hold a password, so it is left out of `repr`, dumps and traces."
        ),
    )
    http_client: UserClient = Field(default=None)
    http_async_client: UserAsyncClient = Field(default=None)
    include_response_headers: bool = Field(
        default=False,
        description='Whether `response_metadata["headers"]` carries the response headers.',
    )
    client_request_id: RequestId = Field(
        default=None,
        description=(
            "Value of `X-Client-Request-Id`, or a callable that returns one for each call: 1 to "
            "128 characters of `A-Z a-z 0-9 . _ : -`. The same id is sent on all attempts of a "
            "call."
        ),
    )

    # --- what has no field of its own ---
    extra_body: ExtraBody = Field(default=None, description="Merged into the body last, as it is.")
    model_kwargs: dict[str, Any] = Field(
        default_factory=dict,
        description=(
            'Parameters of the service without a field here, such as `{"enable_search": True}`.'
        ),
    )

    if not TYPE_CHECKING:  # for type checkers the finished class says what it takes

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            """Make a model; see the fields. The model id may stand first, without its name."""
            hide_arguments(argument_names(type(self)), kwargs)
            name_model(args, kwargs, type(self).__name__)
            refused = None
            try:
                super().__init__(**kwargs)
            except ValidationError as error:
                refused = configuration_error(error, type(self), kwargs)
            if refused is not None:  # out here, so that pydantic's error does not hang on it
                raise refused

    @model_validator(mode="before")
    @classmethod
    def _collect_unknown_arguments(cls, values: Any) -> Any:
        """Move unknown constructor arguments into `model_kwargs`, with a warning."""
        if not isinstance(values, dict):
            return values
        return with_unknown_sorted(values, argument_names(cls), cls.__name__)

    if not TYPE_CHECKING:  # for a type checker it is LangChain's field
        profile = ProfileOfModel()

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

    @property
    def model_name(self) -> str:
        """The model id, under the name that other integrations use."""
        return self.model

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
        if timeout is None or is_number(timeout):
            return {}
        return {"timeout": timeout.as_dict()}


describe_inherited(AIMLAPISettings.model_fields)
