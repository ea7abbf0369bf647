"""The types of fields: what they take, in which forms, and what they refuse.

What chat models and embeddings share (key, URL, transport) has its description here as well.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from typing_extensions import TypedDict

from langchain_aimlapi._http import user_objects
from langchain_aimlapi._http.checks import (
    DEFAULT_BASE_URL,
    validate_api_key,
    validate_base_url,
    validate_client_request_id,
    validate_headers,
)
from langchain_aimlapi._http.redaction import Hidden, Secret, hidden
from langchain_aimlapi.errors import ConfigurationError, MissingAPIKeyError
from langchain_aimlapi.profiles import RequestSchema, profile_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.caches import BaseCache
    from langchain_core.callbacks import Callbacks
    from langchain_core.language_models import ModelProfile
    from langchain_core.rate_limiters import BaseRateLimiter

    from langchain_aimlapi._http.user_objects import AsyncClient, Client, Timeout
    from langchain_aimlapi._model.fields import AIMLAPISettings


def default_base_url() -> str:
    """Return the root of the API where none is given, checked as a given one is.

    Raises:
        ConfigurationError: `AIMLAPI_API_BASE` of the environment is set, but cannot be used.
    """
    try:
        return validate_base_url(os.environ.get("AIMLAPI_API_BASE") or DEFAULT_BASE_URL)
    except ConfigurationError as error:
        text = f"AIMLAPI_API_BASE of the environment cannot be used: {error.message}"
        raise ConfigurationError(text) from None


def _found_key(value: Any) -> Any:
    value = hidden(os.environ.get("AIMLAPI_API_KEY") if value is None else value)
    if value is not None and not isinstance(value, Secret):
        # A callable, or of no type that a key has: pydantic says so.
        return value.reveal() if isinstance(value, Hidden) else value
    if value is None or not value.reveal().strip():
        raise MissingAPIKeyError(
            "No API key. Set the environment variable AIMLAPI_API_KEY, or pass api_key=... "
            "(a key is made at https://aimlapi.com/app/keys)."
        )
    return SecretStr(validate_api_key(value).reveal())


def _checked_headers(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    value = hidden(value)
    if not isinstance(value, Hidden):
        return handler(value)
    if isinstance(value.reveal(), Mapping):
        headers = {name: hidden(content) for name, content in value.reveal().items()}
        for name, content in headers.items():
            if not isinstance(content, Secret):
                kind = type(content.reveal() if isinstance(content, Hidden) else content).__name__
                raise ConfigurationError(
                    f"default_headers: the value of {name} is no string but of type {kind}."
                )
        validate_headers(headers)
    return handler(value.reveal())


def _with_text_keys(value: Any) -> Any:
    """Return a mapping with token ids as JSON has them: its keys are strings."""
    if not isinstance(value, Mapping):
        return value
    return {str(key) if type(key) is int else key: bias for key, bias in value.items()}


def _revealed(value: Any) -> Any:
    return value.reveal() if isinstance(value, Hidden) else value


def _hidden_key(value: Any) -> Any:
    return SecretStr(value) if isinstance(value, str) else hidden(value)


def _checked_request_id(value: Any) -> Any:
    return validate_client_request_id(value) if isinstance(value, str) else value


def array_as_list(value: Any) -> Any:
    """Return an array of numpy as a list, anything else as it is: an array has no truth value."""
    return value.tolist() if hasattr(value, "tolist") else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_timeout(value: Any) -> Any:
    try:
        return user_objects.as_timeout(value)
    except (IndexError, TypeError, ValueError):  # parts that are none, or too few
        raise ConfigurationError(
            "timeout is in seconds, or has the parts connect, read, write and pool."
        ) from None


APIKey = Annotated[
    SecretStr | Callable[[], str | SecretStr | Awaitable[str | SecretStr]],
    BeforeValidator(_found_key),
    Field(
        validation_alias=AliasChoices("api_key", "aimlapi_api_key"),
        description=(
            "Key of the service (alias `aimlapi_api_key`; environment `AIMLAPI_API_KEY`), or a "
            "callable that returns one for each call. An async callable serves the async methods "
            "only."
        ),
    ),
]
BaseURL = Annotated[
    str,
    AfterValidator(validate_base_url),
    Field(
        validation_alias=AliasChoices("base_url", "aimlapi_api_base"),
        description="Root of the API (alias `aimlapi_api_base`; environment `AIMLAPI_API_BASE`).",
    ),
]
CacheLife = Literal["5m", "1h"]
EndpointChoice = Literal["auto", "chat/completions", "responses", "messages"]
RequestSchemaChoice = Literal["auto", RequestSchema]
StructuredMethod = Literal["json_schema", "function_calling", "json_mode"]
StopSequences = Annotated[list[str] | None, BeforeValidator(_as_list)]
TokenBias = Annotated[dict[str, float] | None, BeforeValidator(_with_text_keys)]
ExtraBody = dict[str, Any] | None
Seconds = Annotated[float | user_objects.Timeout | None, BeforeValidator(_as_timeout)]
SecondsBetweenChunks = Annotated[float | None, Field(gt=0)]
AnswerBytes = Annotated[int, Field(ge=1024)]
MaxRetries = Annotated[
    int, Field(ge=0, description="How often a failed attempt is repeated, if a repeat may help.")
]
Headers = Annotated[
    Mapping[str, str] | None, WrapValidator(_checked_headers), Field(exclude=True, repr=False)
]
Proxy = Annotated[str | None, BeforeValidator(_revealed), Field(exclude=True, repr=False)]
RequestId = Annotated[str | Callable[[], str] | None, AfterValidator(_checked_request_id)]
UserClient = Annotated[
    user_objects.Client | None,
    AfterValidator(user_objects.checked_client),
    Field(
        exclude=True,
        description="Your own client for the sync methods. It is used as it is and never closed.",
    ),
]
UserAsyncClient = Annotated[
    user_objects.AsyncClient | None,
    AfterValidator(user_objects.checked_async_client),
    Field(
        exclude=True,
        description="Your own client for the async methods. It is used as it is and never closed.",
    ),
]

CHECKED_ARGUMENTS: dict[str, Any] = {
    "model": Annotated[str, Field(min_length=1)],
    "endpoint": EndpointChoice | None,
    "request_schema": RequestSchemaChoice,
    "stop": StopSequences,
    "extra_body": ExtraBody,
    "timeout": Seconds,
    "stream_chunk_timeout": SecondsBetweenChunks,
    "max_retries": MaxRetries,
    "max_answer_bytes": AnswerBytes,
}
"""Arguments of a call that are read here, not by the service, with their types."""

HIDDEN_ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "api_key": _hidden_key,
    "aimlapi_api_key": _hidden_key,
    "default_headers": hidden,
    "proxy": hidden,
}
"""Arguments of the constructor that may be secrets, and how they are hidden until they are read."""


class ProfileOfModel:
    """A model's `profile`: the user's where there is one, else what is packaged for its id.

    It is looked up by the id whenever it is read, and never stored: a model whose id changes, or
    that is built of another's fields, has the profile of its own id.
    """

    def __get__(self, model: AIMLAPISettings | None, owner: type) -> ModelProfile | None:
        """Return the profile; there is none on the class, as for every field."""
        if model is None:
            raise AttributeError(f"type object {owner.__name__!r} has no attribute 'profile'")
        given: ModelProfile | None = model.__dict__.get("profile")
        return profile_for(model.model) if given is None else given

    def __set__(self, model: AIMLAPISettings, value: ModelProfile | None) -> None:
        """Set the user's profile; None takes it away again."""
        model.__dict__["profile"] = value


# --- the arguments of the constructors, for type checkers ---------------------------------------
# pydantic's own description of a constructor has the types that a field holds, not those that it
# takes (a key is given as a `str` and held as a `SecretStr`), no aliases, and no argument without
# a name.
_Key = str | SecretStr
_GivenKey = _Key | Callable[[], _Key | Awaitable[_Key]] | None


class ConnectionArguments(TypedDict, total=False):
    """What chat models and embeddings share: key, URL and transport."""

    api_key: _GivenKey
    aimlapi_api_key: _GivenKey
    base_url: str
    aimlapi_api_base: str
    timeout: float | Timeout | Mapping[str, float | None] | Sequence[float | None] | None
    max_retries: int
    default_headers: Mapping[str, str] | None
    proxy: str | None
    http_client: Client | None
    http_async_client: AsyncClient | None
    extra_body: Mapping[str, Any] | None


class ChatArguments(ConnectionArguments, total=False):
    """The arguments of `ChatAIMLAPI`, apart from the model id."""

    endpoint: EndpointChoice
    request_schema: RequestSchemaChoice

    temperature: float | None
    max_tokens: int | None
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
    resend_reasoning: bool | None
    prompt_caching: CacheLife | None

    parallel_tool_calls: bool | None
    modalities: Sequence[str] | None
    audio: Mapping[str, Any] | None
    prediction: Mapping[str, Any] | None
    web_search_options: Mapping[str, Any] | None
    request_metadata: Mapping[str, Any] | None
    provider_routing: str | Sequence[str] | Mapping[str, Any] | None
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


class EmbeddingsArguments(ConnectionArguments, total=False):
    """The arguments of `AIMLAPIEmbeddings`, apart from the model id."""

    dimensions: int | None
    encoding_format: Literal["float", "base64"] | None
    task_type: str | None
    title: str | None
    auto_truncate: bool | None
    input_type: str | None
    chunk_size: int | None
    max_concurrency: int
    on_progress: Callable[[int, int], None] | None
