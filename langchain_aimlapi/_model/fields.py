"""The fields of `ChatAIMLAPI`: what a user can set, with units, and how it is validated.

The hooks that LangChain calls live in `chat_models`; this room only holds settings, so that
the table of what can be set reads as one page.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.language_models.chat_models import BaseChatModel
from pydantic import (
    AliasChoices,
    ConfigDict,
    Field,
    SecretStr,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from typing_extensions import TypeIs

from langchain_aimlapi._http.checks import (
    DEFAULT_BASE_URL,
    validate_api_key,
    validate_base_url,
    validate_client_request_id,
    validate_headers,
)
from langchain_aimlapi._http.redaction import Hidden, Secret, hidden
from langchain_aimlapi.errors import ConfigurationError, MissingAPIKeyError
from langchain_aimlapi.profiles import RequestSchema

if TYPE_CHECKING:
    from httpx import AsyncClient, Client, Timeout
else:
    # httpx is imported with the first client: 8 ms, 40 where rich is installed, which it then
    # imports for its command line. Validators below check what is given here.
    AsyncClient = Client = Timeout = Any


def is_number(value: object) -> TypeIs[float]:
    """Return whether a timeout is a number of seconds, not an `httpx.Timeout`."""
    return isinstance(value, (int, float))


APIKey = SecretStr | Callable[[], str | SecretStr | Awaitable[str | SecretStr]]
RequestSchemaChoice = Literal["auto"] | RequestSchema


class AIMLAPISettings(BaseChatModel):
    """What can be set on `ChatAIMLAPI`. Nothing of it is sent unless it is set."""

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        # An error of validation would otherwise show what it refuses: keys and headers.
        hide_input_in_errors=True,
        # Only the finished class is made, so only that one builds its validators: 20 ms of import.
        defer_build=True,
    )

    # --- which model, where, with which key ---
    model: str = Field(min_length=1, validation_alias=AliasChoices("model", "model_name"))
    """Model id, such as `"anthropic/claude-sonnet-4"` (alias `model_name`). Required."""

    api_key: APIKey = Field(
        default=None,  # replaced by the validator, or construction fails
        validate_default=True,
        validation_alias=AliasChoices("api_key", "aimlapi_api_key"),
    )
    """Key of the service (alias `aimlapi_api_key`; environment `AIMLAPI_API_KEY`), or a callable
    that returns one for each call. An async callable serves the async methods only."""

    base_url: str = Field(
        default_factory=lambda: os.environ.get("AIMLAPI_API_BASE") or DEFAULT_BASE_URL,
        validation_alias=AliasChoices("base_url", "aimlapi_api_base"),
    )
    """Root of the API (alias `aimlapi_api_base`; environment `AIMLAPI_API_BASE`)."""

    request_schema: RequestSchemaChoice = "auto"
    """Which request schema is sent: `"openai"`, `"anthropic"`, or `"auto"`: the one that the
    service documents for the model. Ids that are not documented take the Claude schema when they
    name a Claude model, the OpenAI schema otherwise."""

    # --- sampling ---
    temperature: float | None = None
    """0 to 2 in the OpenAI schema, 0 to 1 in the Claude schema."""
    max_tokens: int | None = None
    """Upper bound of the answer, in tokens. Sent as `max_tokens` for every model."""
    top_p: float | None = None
    """Probability mass of nucleus sampling, 0 to 1."""
    top_k: int | None = None
    """Sample from the `top_k` likeliest tokens only."""
    min_p: float | None = None
    """Least probability of a token, relative to the likeliest one, 0 to 1."""
    top_a: float | None = None
    """Least probability of a token, relative to the square of the likeliest one's, 0 to 1."""
    frequency_penalty: float | None = None
    """-2 to 2; positive values repeat less, in proportion to earlier use."""
    presence_penalty: float | None = None
    """-2 to 2; positive values repeat less, whatever the earlier use."""
    repetition_penalty: float | None = None
    """Multiplicative penalty for repetition; 1 is neutral."""
    logit_bias: dict[str, float] | None = None
    """Bias per token id, -100 to 100."""
    stop: list[str] | None = Field(
        default=None, validation_alias=AliasChoices("stop", "stop_sequences")
    )
    """Sequences that end the answer (alias `stop_sequences`). `stop=` of a call wins."""
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
    `{"type": "adaptive"}`."""

    # --- tools, modalities, search, routing ---
    parallel_tool_calls: bool | None = None
    """Whether several tools may be called in one answer. Never sent unless set."""
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
    user: str | None = None
    """Identifier of your end user."""

    # --- streaming ---
    streaming: bool = False
    """Whether `invoke` uses the streaming endpoint as well."""
    stream_usage: bool = True
    """Whether streams report token usage."""

    # --- transport ---
    timeout: float | Timeout | None = 600.0
    """Seconds, or an `httpx.Timeout`. Bounds connect, write, read and pool wait, and, as a
    number, also the whole of a non-streaming attempt. Default 600, as long answers of reasoning
    models take minutes, but 15 to connect, unless it is set. `None` switches it off."""
    stream_chunk_timeout: float | None = Field(default=120.0, gt=0)
    """Seconds that a stream may go without a chunk; keep-alive comments do not count. Unless it is
    set, a shorter read timeout counts here too. `None` switches it off."""
    max_retries: int = Field(default=2, ge=0)
    """How often a failed attempt is repeated, if a repeat may help."""
    default_headers: Mapping[str, str] | None = Field(default=None, exclude=True, repr=False)
    """Headers added to every request. They never replace those of the protocol. Values may be
    secrets, so they are left out of `repr`, dumps and traces; set them again after `load`."""
    proxy: str | None = Field(default=None, exclude=True, repr=False)
    """URL of a proxy; without it `HTTPS_PROXY` and kin of the environment count. It may hold a
    password, so it is left out of `repr`, dumps and traces."""
    http_client: Client | None = Field(default=None, exclude=True)
    """Your own client for the sync methods. It is used as it is and never closed."""
    http_async_client: AsyncClient | None = Field(default=None, exclude=True)
    """Your own client for the async methods. It is used as it is and never closed."""
    include_response_headers: bool = False
    """Whether `response_metadata["headers"]` carries the response headers."""
    client_request_id: str | Callable[[], str] | None = None
    """Value of `X-Client-Request-Id`, or a callable that returns one for each call: 1 to 128
    characters of `A-Z a-z 0-9 . _ : -`. The same id is sent on all attempts of a call."""

    # --- what has no field of its own ---
    extra_body: dict[str, Any] | None = None
    """Merged into the body last, as it is."""
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the service without a field here, such as `{"enable_search": True}`."""

    if not TYPE_CHECKING:  # type checkers know the parameters by the fields

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            """Make a model; see the fields."""
            # A traceback of a failed construction shows `kwargs` of all frames from here on.
            for name in kwargs.keys() & _HIDDEN_ARGUMENTS.keys():
                kwargs[name] = _HIDDEN_ARGUMENTS[name](kwargs[name])
            super().__init__(*args, **kwargs)

    @model_validator(mode="before")
    @classmethod
    def _collect_unknown_arguments(cls, values: Any) -> Any:
        """Move unknown constructor arguments into `model_kwargs`, with a warning."""
        if not isinstance(values, dict):
            return values
        known = _argument_names(cls)
        unknown = values.keys() - known
        if unknown:
            names = ", ".join(sorted(unknown))
            warnings.warn(
                f"{names}: no parameter of {cls.__name__}; passed on in model_kwargs. "
                "Set model_kwargs yourself if that is what you want.",
                UserWarning,
                stacklevel=5,
            )
        extra = dict(values.get("model_kwargs") or {})
        twice = extra.keys() & (values.keys() - {"model_kwargs"})
        if twice:
            msg = f"given twice, as an argument and in model_kwargs: {', '.join(sorted(twice))}"
            raise ValueError(msg)
        misplaced = extra.keys() & known
        if misplaced:
            names = ", ".join(sorted(misplaced))
            warnings.warn(
                f"{names}: has a field of its own; set it there, not in model_kwargs.",
                UserWarning,
                stacklevel=5,
            )
        promoted = {name: extra.pop(name) for name in misplaced}
        extra.update({name: values[name] for name in unknown})
        kept = {name: value for name, value in values.items() if name not in unknown}
        return {**kept, **promoted, "model_kwargs": extra}

    @field_validator("api_key", mode="before")
    @classmethod
    def _find_api_key(cls, value: Any) -> Any:
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

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        return validate_base_url(value)

    @field_validator("default_headers", mode="wrap")
    @classmethod
    def _check_headers(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        value = hidden(value)
        if not isinstance(value, Hidden):
            return handler(value)
        if isinstance(value.reveal(), Mapping):
            validate_headers({k: hidden(v) for k, v in value.reveal().items()})
        return handler(value.reveal())

    @field_validator("proxy", mode="before")
    @classmethod
    def _reveal_proxy(cls, value: Any) -> Any:
        return value.reveal() if isinstance(value, Hidden) else value

    @field_validator("client_request_id")
    @classmethod
    def _check_request_id(cls, value: Any) -> Any:
        return validate_client_request_id(value) if isinstance(value, str) else value

    @field_validator("stop", mode="before")
    @classmethod
    def _stop_as_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    # Two, for pydantic's word on which field it is holds the values of the others as well.
    @field_validator("http_client")
    @classmethod
    def _check_client(cls, value: Any) -> Any:
        return _checked_client(value, "http_client", "Client")

    @field_validator("http_async_client")
    @classmethod
    def _check_async_client(cls, value: Any) -> Any:
        return _checked_client(value, "http_async_client", "AsyncClient")

    @field_validator("timeout", mode="before")
    @classmethod
    def _timeout_of_parts(cls, value: Any) -> Any:
        """Take `{"connect": ..., "read": ..., "write": ..., "pool": ...}` or a tuple too."""
        if value is None or isinstance(value, (int, float)):
            return value
        import httpx  # noqa: PLC0415  # see above

        if isinstance(value, Mapping):
            return httpx.Timeout(**value)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return httpx.Timeout(tuple(value))
        if isinstance(value, httpx.Timeout):
            return value
        try:
            return float(value)
        except (TypeError, ValueError):
            msg = f"timeout is in seconds or an httpx.Timeout, not a {type(value).__name__}."
            raise ConfigurationError(msg) from None

    @field_validator("timeout")
    @classmethod
    def _check_timeout(cls, value: float | Timeout | None) -> float | Timeout | None:
        seconds = (value,) if value is None or is_number(value) else value.as_dict().values()
        if not all(part is None or part > 0 for part in seconds):
            msg = "timeout is in seconds and must be more than 0; None switches it off."
            raise ConfigurationError(msg)
        return value

    @property
    def lc_attributes(self) -> dict[str, Any]:
        """Fields that are written in another form than they are held in."""
        timeout = self.timeout
        if timeout is None or is_number(timeout):
            return {}
        return {"timeout": timeout.as_dict()}


def _checked_client(value: Any, name: str, kind: str) -> Any:
    if value is None:
        return value
    import httpx  # noqa: PLC0415  # see above

    if not isinstance(value, getattr(httpx, kind)):
        msg = f"{name} must be an httpx.{kind}, not {type(value).__name__}."
        raise ConfigurationError(msg)
    return value


def _hidden_key(value: Any) -> Any:
    return SecretStr(value) if isinstance(value, str) else hidden(value)


_HIDDEN_ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    "api_key": _hidden_key,
    "aimlapi_api_key": _hidden_key,
    "default_headers": hidden,
    "proxy": hidden,
}
"""Arguments of the constructor that may be secrets, and how they are hidden until they are read."""


@cache
def _argument_names(cls: type[AIMLAPISettings]) -> frozenset[str]:
    """Return the names that the constructor takes, aliases included."""
    names: set[str] = set()
    for name, field in cls.model_fields.items():
        names.add(name)
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names.update(choice for choice in alias.choices if isinstance(choice, str))
        elif isinstance(alias, str):
            names.add(alias)
    return frozenset(names)
