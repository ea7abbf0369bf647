"""One request: the settings of a model and the arguments of a call become endpoint and body.

Pure, no IO. Arguments of the call win over fields, `model` included; what is not known here is a
parameter of the service and passes on to the request schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from langchain_aimlapi import errors
from langchain_aimlapi._answers.reading import AnswerReader
from langchain_aimlapi._dialects import ENDPOINTS, Endpoint, endpoint_for
from langchain_aimlapi._dialects.caching import takes_cache_control, with_cache_marks
from langchain_aimlapi._http.call import Call
from langchain_aimlapi._http.checks import validate_client_request_id
from langchain_aimlapi._messages.conversation import without_refused_block
from langchain_aimlapi._messages.options import OPTION_NAMES, RequestOptions, without_undocumented
from langchain_aimlapi._model.arguments import (
    PASSED_ON,
    argument_names,
    refuse_background,
    refuse_foreign,
    sentence_of,
    warn_of_slips,
)
from langchain_aimlapi._model.connection import ConnectedModel
from langchain_aimlapi._model.field_types import ExtraHeaders
from langchain_aimlapi._model.fields import AIMLAPISettings, RequestParameters
from langchain_aimlapi._model.hints import hint_of_model, hint_of_parameters
from langchain_aimlapi._model.mcp_keys import reveal_mcp_keys
from langchain_aimlapi._warning import warn
from langchain_aimlapi.profiles import ModelFacts, facts_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatResult
    from pydantic import SecretStr

    from langchain_aimlapi._http.requests import Reply

MESSAGES = "messages"
RESPONSES = "responses"

_TRANSPORT_OVERRIDES = (
    *("timeout", "stream_chunk_timeout", "max_retries", "max_answer_bytes"),
    "extra_headers",
)
"""Arguments with which a call is sent otherwise than the model's settings say."""

NOT_IN_CACHE_KEY = (*_TRANSPORT_OVERRIDES, "client_request_id")
"""Settings that make no difference to an answer: a cached one is found whatever they are."""

_PARAMETERS = ("model", *RequestParameters.model_fields)

_OPTIONS = (
    "extra_body",
    *(
        name
        for name in AIMLAPISettings.__annotations__
        if name not in {"streaming", "model_kwargs", *_TRANSPORT_OVERRIDES}
    ),
)
"""Fields that a call may override but that the request schemas interpret."""

_CALL_FIELDS = {*_PARAMETERS, *_OPTIONS, *_TRANSPORT_OVERRIDES}

# Aliases that a call may use as well as the constructor does.
_CALL_ALIASES = {
    "model_name": "model",
    "stop_sequences": "stop",
    "max_tokens_to_sample": "max_tokens",
}

CALL_ARGUMENTS = PASSED_ON.union(
    (*_CALL_FIELDS, *_CALL_ALIASES, "tools", "tool_choice", "response_format"),
    ["previous_response_id"],  # of the service, though one of ours is written nearly like it
)
"""The arguments that a call reads, with their aliases; any other is passed on to the service."""

_CHECKED = {
    *("model", "endpoint", "request_schema", "prompt_caching", "unsupported", "stop", "extra_body"),
    *_TRANSPORT_OVERRIDES,
}
"""Arguments of a call that are read here, not by the service."""

_CONSTRUCTOR_ONLY = (argument_names(ConnectedModel) | {"model_kwargs"}) - CALL_ARGUMENTS

_SAME_BOUND = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
"""Two names of one parameter: newer documents of OpenAI's have both, those of others one."""

# LangChain passes these to every hook; they concern tracing and routing, not the service.
_NOT_SENT = frozenset({"stream", "ls_structured_output_format", "structured_output_format"})


class Request(NamedTuple):
    """One request.

    Attributes:
        facts: What is documented about the model.
        endpoint: Where it goes, and what writes the body and reads the answer.
        options: Everything of the body but the messages.
        client_request_id: Value of `X-Client-Request-Id`, if any.
        include_headers: Whether the answer's metadata carries the response headers.
        transport: Transport settings that this call overrides (seconds, attempts).
        prompt_caching: How long the marked prefix is cached; None marks nothing.
        body: The JSON body, encoded; empty before `with_messages`.
    """

    facts: ModelFacts
    endpoint: Endpoint
    options: RequestOptions
    client_request_id: str | None
    include_headers: bool
    transport: Mapping[str, Any]
    prompt_caching: str | None = None
    body: bytes = b""

    def with_messages(self, messages: Sequence[BaseMessage]) -> Request:
        """Return the request with the body for `messages`.

        Raises:
            ConfigurationError: There are no messages, or the body holds a value that JSON cannot.
            UnsupportedContentError: The model's request schema cannot express a message.
        """
        if not messages:
            raise errors.ConfigurationError("There are no messages to send.")
        body = self._write(messages)
        if self.prompt_caching and takes_cache_control(self.facts, self.endpoint.path):
            body = with_cache_marks(body, self.prompt_caching)
        return self._replace(body=encode(body))

    def _write(self, messages: Sequence[BaseMessage]) -> dict[str, Any]:
        """Return the body, without what the model does not document if that is to be left out."""
        while True:
            try:
                body = self.endpoint.to_request(messages, self.options, self.facts)
            except errors.UnsupportedContentError as refusal:  # noqa: PERF203  # once for each block
                left = without_refused_block(messages, refusal)
                if self.options.unsupported != "drop" or left is None:
                    raise
                warn(f"{refusal.message} It is left out.")
                messages = left
            else:
                name = self.endpoint.path.lstrip("/")
                return without_undocumented(body, self.options, self.facts, name)

    def reader(self, headers: Mapping[str, str], secrets: Sequence[SecretStr]) -> AnswerReader:
        """Return what reads the answer; no error of it shows `secrets`."""
        options = self.options
        return AnswerReader(
            self.endpoint.Reader,
            headers,
            include_headers=self.include_headers,
            include_usage=options.stream_usage or not options.stream,
            several=options.stream and options.params.get("n", 1) != 1,
            secrets=secrets,
            model=options.model,
        )

    def read(self, reply: Reply) -> ChatResult:
        """Read a whole answer."""
        return self.reader(reply.headers, reply.secrets).read(reply.body)

    @property
    def call(self) -> Call[ChatResult]:
        """What is sent."""
        path, request_id = self.endpoint.path, self.client_request_id
        return Call(path, self.read, self.body, self.transport, request_id, self.hint)

    def hint(self, error: errors.AIMLAPIError) -> str | None:
        """Say what to do about an error of the service."""
        return hint_of_parameters(error, self.body) or hint_of_model(
            error, self.options.model, self.endpoint.path.lstrip("/")
        )


def is_whole(reader: AnswerReader, error: errors.AIMLAPIError) -> bool:
    """Return whether a stream was interrupted after its answer was complete: nothing is lost."""
    interrupted = isinstance(error, (errors.APIConnectionError, errors.APITimeoutError))
    return reader.complete and interrupted and not isinstance(error, errors.APIStatusError)


# --- settings and arguments ---------------------------------------------------------------------
def parameters_of(model: AIMLAPISettings) -> dict[str, Any]:
    """Return the parameters of the body that are set on a model, its id among them."""
    fields = vars(model)
    given = {name: fields[name] for name in _PARAMETERS if fields[name] is not None}
    return given | model.model_kwargs


def settings_of(model: AIMLAPISettings) -> dict[str, Any]:
    """Return all settings of a model that a call may override, apart from its transport."""
    fields = vars(model)
    return {name: fields[name] for name in _OPTIONS} | parameters_of(model)


def make_request(
    model: AIMLAPISettings, stop: Sequence[str] | None, kwargs: Mapping[str, Any], *, stream: bool
) -> Request:
    """Return the request of a call, before its messages are written into it.

    Args:
        model: Its fields are what the arguments of the call do not say.
        stop: Stop sequences of the call; `None` leaves those of the model in force.
        kwargs: Arguments of the call.
        stream: Whether the answer is streamed.

    Raises:
        ConfigurationError: An argument is wrong, or can only be given to the constructor.
    """
    called = _checked_arguments(kwargs)
    settings, mcp_keys = reveal_mcp_keys(settings_of(model) | called)
    refuse_background(settings)
    if stop := stop or settings["stop"]:
        settings["stop"] = _checked_argument("stop", stop)
    facts = facts_for(settings.pop("model"))
    endpoint = _endpoint(settings, facts)
    _name_bound(settings, called, facts, endpoint.path.lstrip("/"))
    transport = {name: settings.pop(name) for name in _TRANSPORT_OVERRIDES if name in settings}
    if mcp_keys:
        transport["body_secrets"] = mcp_keys
    # None drops the model's value for one call; an explicit null goes through extra_body.
    given = {name: value for name, value in settings.items() if value is not None}
    return Request(
        facts=facts,
        endpoint=endpoint,
        client_request_id=_checked_id(given.pop("client_request_id", None)),
        include_headers=given.pop("include_response_headers", False),
        transport=transport,
        prompt_caching=given.pop("prompt_caching", None),
        options=RequestOptions(
            **{name: given.pop(name) for name in OPTION_NAMES if name in given},
            model=facts.model,
            stream=stream,
            params=given,
        ),
    )


def _name_bound(
    settings: dict[str, Any], called: Mapping[str, Any], facts: ModelFacts, endpoint: str
) -> None:
    """Give the bound of the answer the one of its names that the model documents."""
    for name, other in _SAME_BOUND.items():
        if name in settings and not facts.takes(name, endpoint) and facts.takes(other, endpoint):
            value = settings.pop(name)
            if name in called or other not in called:
                settings[other] = value


def _checked_arguments(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by the names of the fields, less what is not sent."""
    checked: dict[str, Any] = {}
    for given, value in kwargs.items():
        if given in _NOT_SENT:
            continue
        if given in _CONSTRUCTOR_ONLY:
            raise errors.ConfigurationError(
                f"{given} is set when the model is constructed, not per call. "
                "Make a second model, or use configurable_fields."
            )
        if given not in _CALL_FIELDS:
            refuse_foreign((given,))
            warn_of_slips(given, CALL_ARGUMENTS)
        name = _CALL_ALIASES.get(given, given)
        if name != "model" or value is not None:
            checked[name] = _checked_argument(name, value) if name in _CHECKED else value
    return checked


def _checked_argument(name: str, value: Any) -> Any:
    """Return an argument of a call as the field of this name holds it."""
    refused = None
    try:
        return _adapter(name).validate_python(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        for details in found:
            details["loc"] = (name, *details["loc"])
        refused = errors.ConfigurationError(sentence_of(name, found, value))
    raise refused


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    if name == "extra_headers":  # the only one that is no field
        return TypeAdapter(ExtraHeaders)
    annotation = AIMLAPISettings.model_fields[name].rebuild_annotation()
    return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))


def _checked_id(value: Any) -> str | None:
    value = value() if callable(value) else value
    return None if value is None else validate_client_request_id(value)


# --- where it goes ------------------------------------------------------------------------------
def endpoint_of(settings: Mapping[str, Any], facts: ModelFacts) -> str:
    """Return the name of the endpoint that a call with `settings` goes to.

    `endpoint="auto"` is chat/completions where the model is documented there, else the endpoint
    where it is. There are two exceptions. A Claude that thinks and has tools goes to messages
    where it is documented there, or nowhere: on chat/completions its thoughts come without their
    signatures, so that they cannot be sent back with the results of the tools. And tools go to the
    endpoint that documents them (GPT-6.1 Sol takes them on responses alone). A `request_schema`
    that the user chose is one of chat/completions, so the call stays there.
    """
    asked = settings.get("endpoint") or "auto"
    if asked != "auto":
        return str(asked)
    usual = endpoint_for(facts.endpoints)
    if not settings.get("tools") or (settings.get("request_schema") or "auto") != "auto":
        return usual
    on_messages = (
        MESSAGES in facts.endpoints if facts.known else facts.request_schema == "anthropic"
    )
    if on_messages and thinking_is_on(settings):
        return MESSAGES
    return next((name for name in (usual, *facts.endpoints) if facts.takes("tools", name)), usual)


def thinking_is_on(settings: Mapping[str, Any]) -> bool:
    """Return whether Claude's `thinking` is set, and not to `"disabled"`."""
    thinking = settings.get("thinking")
    return isinstance(thinking, Mapping) and thinking.get("type") in {"enabled", "adaptive"}


def _endpoint(settings: dict[str, Any], facts: ModelFacts) -> Endpoint:
    name = endpoint_of(settings, facts)
    chosen = settings.pop("endpoint") not in {None, "auto"}
    if chosen and facts.known and name not in facts.endpoints:
        where = " and ".join(facts.endpoints)
        warn(
            f"{facts.model} is not documented on the endpoint {name}, but on {where}. "
            "Sending it anyway."
        )
    return ENDPOINTS[name]


# --- the body as JSON ---------------------------------------------------------------------------
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(body: Mapping[str, Any]) -> bytes:
    """Encode a body as JSON.

    The conversation, which may be long, is written by Pydantic in a fifth of the time. What the
    user sets is written strictly: a default of `json` would send `NaN`, which is not JSON.

    Raises:
        ConfigurationError: The body holds a value that JSON has no form for, such as NaN or an
            object.
    """
    name = next((name for name in ("messages", "input") if isinstance(body.get(name), list)), None)
    if name is None:
        return _strict(body)
    try:
        conversation = to_json(body[name], inf_nan_mode="null")
    except (PydanticSerializationError, ValueError):  # half of a surrogate pair, or an object
        return _strict(body)
    rest = _strict({key: value for key, value in body.items() if key != name})
    return b'%s,"%s":%s}' % (rest[:-1], name.encode(), conversation)


def _strict(body: Mapping[str, Any]) -> bytes:
    try:
        # Half of a surrogate pair, as broken upstream text has it, becomes what JSON escapes it by.
        return _ENCODER.encode(body).encode(errors="backslashreplace")
    except (TypeError, ValueError, RecursionError) as error:
        raise errors.ConfigurationError(f"The request cannot be written as JSON: {error}") from None
