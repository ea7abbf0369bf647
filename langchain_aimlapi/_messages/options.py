"""The parameters of a request: one row each, with its name in either request schema.

Explicit settings are never renamed beyond this table, dropped or added to. A value outside the
documented range is sent, with a warning: the documents may be older than the model.
"""

from __future__ import annotations

import warnings
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_aimlapi.profiles import RequestSchema


class RequestOptions(NamedTuple):
    """Everything of a call but its messages; the request schema turns it into body fields.

    Attributes:
        model: Model id.
        stream: Whether the answer is streamed.
        stream_usage: Whether a stream is asked to report token usage.
        stop: Sequences that end the answer.
        tools: Function tools in OpenAI's form and server tools as they are.
        tool_choice: `"auto"`, `"none"`, `"required"`, or a dict in OpenAI's form.
        parallel_tool_calls: Whether several tools may be called in one answer.
        response_format: A format dict, a Pydantic class or a `TypedDict` class.
        params: Every other set parameter, by field name; names without a row pass as they are.
        extra_body: Merged into the body last, as it is.
        schema: The request schema that the user asks for, where an endpoint has several.
    """

    model: str
    stream: bool = False
    stream_usage: bool = True
    stop: Sequence[str] | None = None
    tools: Sequence[Mapping[str, Any]] | None = None
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None
    response_format: Any = None
    params: Mapping[str, Any] = MappingProxyType({})
    extra_body: Mapping[str, Any] = MappingProxyType({})
    schema: str = "auto"


class Param(NamedTuple):
    """A row: the field of `ChatAIMLAPI` and the wire name per schema (None: not documented)."""

    field: str
    openai: str | None
    anthropic: str | None


PARAMS: tuple[Param, ...] = (
    #     field                openai                anthropic
    Param("max_tokens", "max_tokens", "max_tokens"),
    Param("temperature", "temperature", "temperature"),
    Param("top_p", "top_p", "top_p"),
    Param("top_k", "top_k", "top_k"),
    Param("min_p", "min_p", None),
    Param("top_a", "top_a", None),
    Param("frequency_penalty", "frequency_penalty", "frequency_penalty"),
    Param("presence_penalty", "presence_penalty", None),
    Param("repetition_penalty", "repetition_penalty", None),
    Param("logit_bias", "logit_bias", None),
    Param("seed", "seed", None),
    Param("n", "n", None),
    Param("logprobs", "logprobs", None),
    Param("top_logprobs", "top_logprobs", None),
    Param("reasoning_effort", "reasoning_effort", None),
    Param("reasoning", "reasoning", None),
    Param("thinking", "thinking", "thinking"),
    Param("modalities", "modalities", None),
    Param("audio", "audio", None),
    Param("prediction", "prediction", None),
    Param("web_search_options", "web_search_options", None),
    Param("request_metadata", "metadata", "metadata"),
    Param("provider_routing", "provider", "provider"),
    Param("user", "user", None),
)
"""A parameter that a schema does not document is still sent when it is set: under its own name,
so that the service can say what it thinks of it."""

_RENAMED: Mapping[RequestSchema, Mapping[str, str]] = {
    "openai": {row.field: row.openai or row.field for row in PARAMS},
    "anthropic": {row.field: row.anthropic or row.field for row in PARAMS},
}


def wire_params(
    options: RequestOptions,
    schema: RequestSchema,
    limits: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the body fields of `options.params` under their names in `schema`.

    Args:
        options: The call; only `model` and `params` are read.
        schema: The request schema of the call.
        limits: `minimum`, `maximum` and `enum` per parameter, as documented for the model.

    Returns:
        A new dict.

    Warns:
        UserWarning: A value lies outside the documented range. It is sent nevertheless.
    """
    renamed = _RENAMED[schema]
    body = {renamed.get(name, name): value for name, value in options.params.items()}
    for name in body.keys() & limits.keys():
        complaint = out_of_range(body[name], limits[name])
        if complaint:
            warnings.warn(
                f"{name}={body[name]!r} is outside what {options.model} documents "
                f"({complaint}). It is sent as it is.",
                UserWarning,
                stacklevel=2,
            )
    return body


def out_of_range(value: Any, limit: Mapping[str, Any]) -> str:
    """Return the documented range as text when `value` lies outside it, else ""."""
    choices = limit.get("enum")
    if choices:
        return "" if value in choices else "one of " + ", ".join(map(str, choices))
    low, high = limit.get("minimum"), limit.get("maximum")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or ((low is None or value >= low) and (high is None or value <= high)):
        return ""
    if high is None:
        return f"at least {low}"
    return f"at most {high}" if low is None else f"{low} to {high}"
