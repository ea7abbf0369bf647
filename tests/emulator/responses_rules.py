"""The body of `/v1/responses`: fields, items, parts and tools as the documents have them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from . import rules as z
from .openai_rules import EFFORT, NAME

if TYPE_CHECKING:
    from .models import Model

_STATUS = z.maybe(z.text("in_progress", "completed", "incomplete"))
_MAYBE_TEXT = z.maybe(str | None)
_INCLUDED = z.text("reasoning.encrypted_content", "code_interpreter_call.outputs")
_DETAIL = z.maybe(z.text("high", "low", "auto"))
_PARTS = z.kinds(
    input_text={"text": str},
    input_file={"file_data": z.maybe(z.data_url), "filename": z.maybe(str)},
    input_image={"detail": _DETAIL, "image_url": z.maybe(z.link_or_data_url)},
)
_PLACE = {"start_index": z.number(0), "end_index": z.number(0)}
_CITED = z.tagged(z.kinds(url_citation={"url": z.filled, "title": str, **_PLACE}))
_SAID = z.kinds(
    output_text={"text": str, "annotations": list[_CITED], "logprobs": z.maybe(Any)},
    refusal={"refusal": str},
)
_SPOKEN = z.fields(
    role=z.text("user", "assistant", "system", "developer"),
    content=z.by_kind(string=str, array=z.array(z.tagged(_PARTS))),
    type=z.maybe(z.text("message")),
)
_ANSWERED = {"id": z.filled, "role": z.text("assistant"), "content": z.array(z.tagged(_SAID))}
# Only an answer that bears its id may come in parts, and those are parts of answers.
_MESSAGE = z.chosen(
    {"spoken": _SPOKEN, **z.kinds(message={**_ANSWERED, "status": _STATUS})},
    lambda item: "message" if "id" in item else "spoken",
)
_SUMMARY = z.tagged(z.kinds(summary_text={"text": str}))
_CALL = {"call_id": z.filled, "name": NAME, "arguments": z.json_text}
_CODE = {"id": z.filled, "code": str, "container_id": z.filled, "status": _STATUS}
_LOGS = z.tagged(z.kinds(logs={"logs": str}))
# Items by the tool that a model needs for them; "reasoning" is the parameter.
_ITEMS: dict[str, dict[str, z.Rule]] = {
    "function": z.kinds(
        function_call={**_CALL, "id": z.maybe(str), "status": _STATUS},
        function_call_output={"call_id": z.filled, "output": str, "id": _MAYBE_TEXT},
    ),
    "reasoning": z.kinds(
        reasoning={"id": z.filled, "summary": list[_SUMMARY], "encrypted_content": _MAYBE_TEXT}
    ),
    "web_search_preview": z.kinds(
        # The documents leave the action out; answers have it.
        web_search_call={"id": z.filled, "status": _STATUS, "action": z.maybe(z.open_object)}
    ),
    "code_interpreter": z.kinds(code_interpreter_call={**_CODE, "outputs": list[_LOGS] | None}),
}
_FUNCTION = {"name": NAME, "strict": bool, "description": z.maybe(str)}
_TOOLS = z.kinds(
    function={**_FUNCTION, "parameters": z.open_object},
    code_interpreter={"container": z.by_kind(string=str, object=z.tagged(z.kinds(auto={})))},
    web_search_preview={"search_context_size": z.maybe(EFFORT)},
)
_SCHEMA = {"name": NAME, "schema": z.open_object, "strict": z.maybe(bool | None)}
_SCHEMA["description"] = z.maybe(str)
_FORMAT = z.tagged(z.kinds(text={}, json_object={}, json_schema=_SCHEMA))
_CHOICES = z.kinds(function={"name": NAME}, web_search_preview={}, code_interpreter={})
_PARAMETERS: dict[str, z.Rule] = {
    "include": z.array(_INCLUDED) | None,
    "instructions": str | None,
    "max_output_tokens": z.number(16, whole=True),
    "parallel_tool_calls": bool | None,
    "previous_response_id": str | None,
    "reasoning": z.fields(effort=z.maybe(EFFORT | None), summary=_MAYBE_TEXT),
    "store": bool | None,
    "stream": bool | None,
    "temperature": z.number(0, 2) | None,
    "text": z.fields(format=_FORMAT),
    "tool_choice": z.by_kind(string=z.text("none", "auto", "required"), object=z.tagged(_CHOICES)),
    "top_p": z.number(0, 1) | None,
}


@lru_cache(maxsize=16)
def body(model: Model) -> TypeAdapter[Any]:
    """The whole body for one model: a field that it does not document is refused."""
    items = {"message": _MESSAGE}
    for needed in model.server_tools | (model.responses & {"reasoning"}):
        items |= _ITEMS[needed]
    tools = z.array(z.tagged({kind: _TOOLS[kind] for kind in sorted(model.server_tools)}))
    rules = {**_PARAMETERS, "tools": tools}
    more = {name: z.maybe(rules[name]) for name in sorted(model.responses)}
    given = z.by_kind(string=str, array=z.array(z.tagged(items, default="message")))
    return TypeAdapter(z.fields(model=z.text(*model.names), input=given, **more))
