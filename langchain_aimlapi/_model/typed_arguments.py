"""The arguments of the constructors, for type checkers: their names, aliases and types.

pydantic's own description of a constructor for type checkers has the types that a field holds, not
those that it takes (a key is given as a `str` and held as a `SecretStr`), no aliases, and no
argument without a name. `tests/reports/test_constructors_for_type_checkers.py` holds these tables
against the fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from langchain_core.caches import BaseCache
    from langchain_core.callbacks import Callbacks
    from langchain_core.language_models import ModelProfile
    from langchain_core.rate_limiters import BaseRateLimiter
    from pydantic import SecretStr

    from langchain_aimlapi._http.user_objects import AsyncClient, Client, Timeout
    from langchain_aimlapi._model.field_types import EndpointChoice, RequestSchemaChoice


class ConnectionArguments(TypedDict, total=False):
    """What chat models and embeddings share: key, URL and transport."""

    api_key: str | SecretStr | Callable[[], str | SecretStr | Awaitable[str | SecretStr]] | None
    aimlapi_api_key: (
        str | SecretStr | Callable[[], str | SecretStr | Awaitable[str | SecretStr]] | None
    )
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
