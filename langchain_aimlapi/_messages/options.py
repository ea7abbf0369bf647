"""The options of a request: its parameters with their names on the wire.

Explicit settings are never renamed beyond that table or added to. A value outside the documented
range is treated as a setting that is not documented (`unsupported`).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_aimlapi._messages.unsupported import is_left_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
        params: Every other set parameter, by field name; other names pass as they are.
        extra_body: Merged into the body last, as it is.
        schema: The request schema that the user asks for, where an endpoint has several.
        use_previous_response_id: Whether the service keeps the conversation, where it can.
        reuse_last_container: Whether code runs in the container of the last answer, where it can.
        resend_reasoning: Whether earlier answers go back with their `reasoning_content`; None
            decides by what the vendor needs (`data/vendors.py`).
        unsupported: What happens to settings that the model does not document: `"warn"`,
            `"drop"` or `"raise"`.
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
    use_previous_response_id: bool = False
    reuse_last_container: bool = False
    resend_reasoning: bool | None = None
    unsupported: str = "warn"


WIRE_NAMES: Mapping[str, str] = {
    "request_metadata": "metadata",
    "provider_routing": "provider",
}
"""Names on the wire that are not those of the fields, which mean something else in LangChain."""


def wire_params(
    options: RequestOptions,
    limits: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str] = WIRE_NAMES,
) -> dict[str, Any]:
    """Return the body fields of `options.params` under their names on the wire.

    Args:
        options: The call; only `model` and `params` are read.
        limits: `minimum`, `maximum` and `enum` per body field, as documented for the model.
        names: Names on the wire that are not those of the fields.

    Returns:
        A new dict.

    Raises:
        ConfigurationError: A value lies outside the documented range, and the call has
            `unsupported="raise"`.
    """
    body: dict[str, Any] = {}
    for field, value in options.params.items():
        name = names.get(field, field)
        complaint = _out_of_range(value, limits[name]) if name in limits else ""
        problem = f"{field}={value!r} is outside what {options.model} documents ({complaint})."
        if not (complaint and is_left_out(options, field, problem)):
            body[name] = value
    return body


def _out_of_range(value: Any, limit: Mapping[str, Any]) -> str:
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
