"""From fields and call-time arguments to one request: pure, no IO.

Call-time arguments win over fields, `model` included; what is not known here is a parameter of
the service and passes on to the request schema.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from langchain_core.load import dumpd

from langchain_aimlapi._answers.reading import AnswerReader
from langchain_aimlapi._dialects import ENDPOINTS, Endpoint
from langchain_aimlapi._http.checks import validate_client_request_id
from langchain_aimlapi._messages.options import PARAMETER_FIELDS, RequestOptions
from langchain_aimlapi._model.arguments import refuse_foreign, warn_of_slips
from langchain_aimlapi._model.encoding import encode
from langchain_aimlapi._model.field_types import CHECKED_ARGUMENTS
from langchain_aimlapi._model.hints import (
    hint_of_model,
    hint_of_parameters,
    warn_without_tools,
)
from langchain_aimlapi._model.refused_settings import checked_argument
from langchain_aimlapi._model.routing import MESSAGES, endpoint_of, note_messages, undocumented
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import (
    AIMLAPIError,
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ConfigurationError,
)
from langchain_aimlapi.profiles import ModelFacts, facts_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatResult

    from langchain_aimlapi._http.redaction import Secret
    from langchain_aimlapi._http.requests import Reply
    from langchain_aimlapi._model.fields import AIMLAPISettings

OPTION_FIELDS = (
    "stop",
    "parallel_tool_calls",
    "request_schema",
    "endpoint",
    "use_previous_response_id",
    "resend_reasoning",
    "stream_usage",
    "include_response_headers",
    "client_request_id",
    "extra_body",
)
"""Fields that a call may override but that the request schemas interpret."""

CONSTRUCTOR_ONLY = frozenset(
    {
        "api_key",
        "aimlapi_api_key",
        "base_url",
        "aimlapi_api_base",
        "default_headers",
        "proxy",
        "http_client",
        "http_async_client",
        "model_kwargs",
    }
)

TRANSPORT_OVERRIDES = ("timeout", "stream_chunk_timeout", "max_retries", "max_answer_bytes")
"""Arguments with which a call is sent otherwise than the model's settings say."""

NOT_IN_CACHE_KEY = (*TRANSPORT_OVERRIDES, "client_request_id")
"""Settings that make no difference to an answer: a cached one is found whatever they are."""

REQUEST_SCHEMAS = ("auto", "openai", "anthropic")
"""What a user may choose where an endpoint has several request schemas."""

# Aliases that a call may use as well as the constructor does.
_CALL_ALIASES = {"model_name": "model", "stop_sequences": "stop"}

_CALL_FIELDS = frozenset({*PARAMETER_FIELDS, *OPTION_FIELDS, *TRANSPORT_OVERRIDES})

CALL_ARGUMENTS = frozenset(
    {
        *_CALL_FIELDS,
        *_CALL_ALIASES,
        *("tools", "tool_choice", "response_format"),
        "previous_response_id",  # of the service, though one of ours is written nearly like it
    }
)
"""What a call takes, aliases included; it passes on any other name to the service."""

# LangChain passes these to every hook; they concern tracing and routing, not the service.
_NOT_SENT = frozenset({"stream", "ls_structured_output_format", "structured_output_format"})


class PreparedRequest(NamedTuple):
    """One request, ready to be sent.

    Attributes:
        body: The JSON body, encoded.
        model: The model id of this call.
        endpoint: Where it goes, and what reads the answer.
        client_request_id: Value of `X-Client-Request-Id`, if any.
        include_headers: Whether the answer's metadata carries the response headers.
        include_usage: Whether a stream reports token usage.
        several: Whether more than one answer is asked for.
        transport: Transport settings that this call overrides (seconds, attempts).
    """

    body: bytes
    model: str
    endpoint: Endpoint
    client_request_id: str | None
    include_headers: bool
    include_usage: bool
    several: bool
    transport: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Where the request goes, below the base URL."""
        return self.endpoint.path

    def reader(self) -> Callable[[Reply], ChatResult]:
        """Return what reads a whole answer."""

        def read(reply: Reply) -> ChatResult:
            reader = AnswerReader(
                self.endpoint.Reader,
                reply.headers,
                include_headers=self.include_headers,
                secrets=reply.secrets,
                model=self.model,
            )
            return reader.read(reply.body)

        return read

    def stream_reader(self, headers: Mapping[str, str], secrets: Sequence[Secret]) -> AnswerReader:
        """Return what reads the events of a stream; no error of it shows `secrets`."""
        return AnswerReader(
            self.endpoint.Reader,
            headers,
            include_headers=self.include_headers,
            include_usage=self.include_usage,
            several=self.several,
            secrets=secrets,
            model=self.model,
        )

    @staticmethod
    def is_whole(reader: AnswerReader, error: AIMLAPIError) -> bool:
        """Return whether a stream broke off after its answer was complete: nothing is lost."""
        broke_off = isinstance(error, (APIConnectionError, APITimeoutError))
        return reader.complete and broke_off and not isinstance(error, APIStatusError)

    def send_kwargs(self, key: Secret) -> dict[str, Any]:
        """Return what the client has to know besides the body."""
        return {
            "api_key": key,
            "client_request_id": self.client_request_id,
            "hint": self.hint,
        }

    def hint(self, error: AIMLAPIError) -> str | None:
        """Say what to do about an error of the service."""
        return hint_of_parameters(error, self.body) or hint_of_model(
            error, self.model, self.endpoint.path.lstrip("/")
        )


class Plan(NamedTuple):
    """Everything of a call but its messages: the same for all calls with the same arguments."""

    facts: ModelFacts
    endpoint: Endpoint
    options: RequestOptions
    request_id: str | Callable[[], str] | None
    include_headers: bool
    transport: Mapping[str, Any]

    def call(self, messages: Sequence[BaseMessage]) -> PreparedRequest:
        """Return the request for `messages`.

        Raises:
            ConfigurationError: There are no messages, or the body holds a value that JSON cannot.
            UnsupportedContentError: The model's request schema cannot express a message.
        """
        if not messages:
            raise ConfigurationError("There are no messages to send.")
        options, request_id = self.options, self.request_id
        return PreparedRequest(
            body=encode(self.endpoint.to_request(messages, options, self.facts)),
            model=options.model,
            endpoint=self.endpoint,
            client_request_id=None if request_id is None else _checked_id(request_id),
            include_headers=self.include_headers,
            include_usage=options.stream_usage,
            several=options.params.get("n", 1) != 1,
            transport=self.transport,
        )


class Derived:
    """What follows from the fields of a model: for traces, for caches, and for its calls.

    Attributes:
        identity: The settings that an answer depends on, by name; only those that are set.
        warned: Models whose users were warned that they have no tools.
    """

    def __init__(self, model: AIMLAPISettings) -> None:
        """Read the fields of `model`."""
        values = ((name, getattr(model, name)) for name in PARAMETER_FIELDS)
        given = {name: value for name, value in values if value is not None}
        options = {name: getattr(model, name) for name in OPTION_FIELDS}
        more = model.model_kwargs
        self.identity = {"model": model.model, "base_url": model.base_url, **given, **more}
        self._fields = {"model": model.model, **options, **given, **more}
        self.warned: set[str] = set()
        self._written: dict[str, Any] | None = None

    def endpoint(self, kwargs: Mapping[str, Any]) -> str:
        """Return the name of the endpoint of a call, for its traces: nothing is refused here."""
        settings = {**self._fields, **kwargs}
        asked = settings.get("endpoint") or "auto"
        model = kwargs.get("model") or kwargs.get("model_name") or self.identity["model"]
        return str(asked) if asked != "auto" else endpoint_of(settings, facts_for(str(model)))

    def written(self, model: AIMLAPISettings) -> dict[str, Any]:
        """Return `model` as `dumpd` writes it, without its secrets."""
        if self._written is None:
            self._written = cast("dict[str, Any]", dumpd(model))
        return self._written

    def plan(self, stop: Sequence[str] | None, kwargs: Mapping[str, Any], *, stream: bool) -> Plan:
        """Return the plan of a call; see `plan_call`."""
        plan = plan_call(self._fields, stop or None, kwargs, stream=stream)
        if plan.options.tools:
            # Tools that came with the call: of others `bind_tools` has warned.
            warn_without_tools(plan.facts, plan.endpoint.path.lstrip("/"), self.warned, again=False)
        return plan


@cache
def written_fields(cls: type[AIMLAPISettings]) -> tuple[str, ...]:
    """Return the fields that are written out; what concerns traces or holds secrets is not."""
    return tuple(name for name, field in cls.model_fields.items() if not field.exclude)


def plan_call(
    fields: Mapping[str, Any],
    stop: Sequence[str] | None,
    kwargs: Mapping[str, Any],
    *,
    stream: bool,
) -> Plan:
    """Plan a call.

    Args:
        fields: The set fields of the model: `model`, those of `PARAMETER_FIELDS` and
            `OPTION_FIELDS`, and its `model_kwargs` spread out.
        stop: Stop sequences of the call; `None` leaves those of the model in force.
        kwargs: Call-time arguments.
        stream: Whether the streaming endpoint is asked.

    Raises:
        ConfigurationError: An argument can only be given to the constructor, or names no
            request schema.
    """
    settings = _settings(fields, kwargs)
    if stop is not None:
        settings["stop"] = checked_argument("stop", stop)
    take = settings.pop
    model = take("model")
    facts = facts_for(model)
    endpoint = _endpoint(settings, facts)
    schema = take("request_schema", "auto")
    if schema not in REQUEST_SCHEMAS:
        choices = ", ".join(map(repr, REQUEST_SCHEMAS))
        raise ConfigurationError(f"request_schema must be one of {choices}.")
    return Plan(
        facts=facts,
        endpoint=endpoint,
        request_id=take("client_request_id", None),
        include_headers=bool(take("include_response_headers", None)),
        transport={name: take(name) for name in TRANSPORT_OVERRIDES if name in settings},
        options=RequestOptions(
            model=model,
            stream=stream,
            stream_usage=take("stream_usage", None) is not False,
            stop=_as_list(take("stop", None)),
            tools=take("tools", None) or None,
            tool_choice=take("tool_choice", None),
            parallel_tool_calls=take("parallel_tool_calls", None),
            response_format=take("response_format", None),
            extra_body=take("extra_body", None) or {},
            use_previous_response_id=bool(take("use_previous_response_id", None)),
            resend_reasoning=take("resend_reasoning", None),
            schema=schema,
            # None un-sets a field for one call; an explicit null goes through extra_body.
            params={name: value for name, value in settings.items() if value is not None},
        ),
    )


def _endpoint(settings: dict[str, Any], facts: ModelFacts) -> Endpoint:
    name = endpoint_of(settings, facts)
    asked = settings.pop("endpoint", "auto")
    if asked in {None, "auto"}:
        if name == MESSAGES:
            note_messages(facts.model)
    elif complaint := undocumented(name, facts):
        warn(f"{complaint} Sending it anyway.")
    return ENDPOINTS[name]


def _settings(fields: Mapping[str, Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    settings = dict(fields)
    for given, value in kwargs.items():
        if given in _NOT_SENT:
            continue
        if given in CONSTRUCTOR_ONLY:
            msg = (
                f"{given} is set when the model is constructed, not per call. "
                "Make a second model, or use configurable_fields."
            )
            raise ConfigurationError(msg)
        if given not in _CALL_FIELDS:
            refuse_foreign((given,))
            warn_of_slips(given, CALL_ARGUMENTS)
        name = _CALL_ALIASES.get(given, given)
        if name != "model" or value is not None:
            settings[name] = checked_argument(name, value) if name in CHECKED_ARGUMENTS else value
    return settings


def _checked_id(value: Any) -> str | None:
    value = value() if callable(value) else value
    return None if value is None else validate_client_request_id(value)


def _as_list(stop: Any) -> list[str] | None:
    if stop is None:
        return None
    return [stop] if isinstance(stop, str) else list(stop)
