"""The input of `/responses`: items of the user, of instructions, of answers and of results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._dialects.responses.turns import AcceptedItems, assistant_items
from langchain_aimlapi._messages.conversation import (
    MessageContext,
    plain_role,
    results_after_their_calls,
)
from langchain_aimlapi._messages.parts import (
    ContentProblem,
    Media,
    Part,
    Raw,
    Thought,
    ToolResult,
    kind_of,
    media_url,
    text_of,
)
from langchain_aimlapi._messages.tool_results import (
    Result,
    media_last,
    media_turn,
    result_of_block,
    results_of_tool,
    split_media,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_aimlapi._dialects.responses.items import Item
    from langchain_aimlapi.profiles import ModelFacts

_ROLES = frozenset({"user", "system", "developer"})
_ITEMS_OF_USERS = ("_output", "_response")
"""Ends of the types of items that a user sends: results of shells, approvals."""


def input_of(
    messages: Sequence[BaseMessage], accepted: AcceptedItems, facts: ModelFacts, start: int
) -> list[Item]:
    """Return the items of a conversation, from message number `start` on."""
    items: list[Item] = []
    custom = _custom_calls(messages, accepted)
    for index, message in results_after_their_calls(messages[start:]):
        plain = _plain_item(message, accepted)
        if plain is not None:
            items.append(plain)
            continue
        context = MessageContext(facts, start + index, message)
        role = context.role
        if role == "assistant":
            items += assistant_items(context, accepted)
        elif role == "tool":
            for result in results_of_tool(context):
                items += _result(context, result, accepted, custom=result.call_id in custom)
        elif role in _ROLES:
            items += _user_items(context, role, accepted)
        else:
            raise context.error(
                f"the Responses endpoint has no role {role!r}, only user, assistant, system, "
                "developer and tool."
            )
    return media_last(items, lambda item: str(item.get("type")).endswith("_call_output"))


def _plain_item(message: Any, accepted: AcceptedItems) -> Item | None:
    """Return the item of a message that is text and nothing more, else None."""
    role = plain_role(message)
    if role == "tool" and accepted.only_function_calls:
        call_id = accepted.call_ids.id_of_result(message.tool_call_id)
        return {"type": "function_call_output", "call_id": call_id, "output": message.content}
    if role is None or role == "tool" or (role == "assistant" and not message.content):
        return None
    return {"role": role, "content": message.content}


def _custom_calls(messages: Sequence[BaseMessage], accepted: AcceptedItems) -> set[str]:
    """Return the ids of calls whose results are those of free text."""
    if accepted.only_function_calls:
        return set()
    return {
        str(call["id"])
        for message in messages
        for call in getattr(message, "tool_calls", ())
        if call["name"] in accepted.custom_tools
    }


def _user_items(context: MessageContext, role: str, accepted: AcceptedItems) -> Iterator[Item]:
    content = context.message.content
    if isinstance(content, str):
        yield {"role": role, "content": content}
        return
    parts = context.parts()
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, ToolResult):  # Anthropic's form of a tool message
            yield from _result(context, result_of_block(context, part), accepted, custom=False)
        elif isinstance(part, Raw) and _is_item(part.value):
            yield dict(part.value)
        else:
            kept.append(part)
    if kept or not parts:
        written = [_written(context, index, part) for index, part in enumerate(kept)]
        yield {"role": role, "content": written or ""}


def _is_item(value: Mapping[str, Any]) -> bool:
    """Return whether what a user wrote is an item of its own, such as an approval."""
    return str(value.get("type")).endswith(_ITEMS_OF_USERS) or value.get("type") == "item_reference"


# --- parts of a turn ---
_ACCEPTED = frozenset({"text", "image", "file"})
_TEXT = "input_text"


def _written(context: MessageContext, index: int, part: Part) -> Item:
    def write(part: Part) -> Item:
        text = text_of(part)
        if text is not None:
            return {"type": _TEXT, "text": text}
        match part:
            case Media(kind="image"):
                return _image(part)
            case Media(kind="file"):
                return _file(part)
            case Raw() if not (context.facts.known and _is_undocumented(part)):
                return dict(part.value)
        raise ContentProblem(f"the Responses endpoint takes no {kind_of(part)}")

    return context.write(index, part, write, _ACCEPTED)


def _is_undocumented(part: Raw) -> bool:
    """Return whether a block is in words that the endpoint does not document."""
    return not part.verbatim and not str(part.value.get("type")).startswith("input_")


def _image(part: Media) -> Item:
    # The vendor's own document requires the level of detail; "auto" is what it is without one.
    image = {"type": "input_image", "detail": part.detail or "auto"}
    if part.file_id is not None and part.url is None and part.data is None:
        return {**image, "file_id": part.file_id}
    return {**image, "image_url": media_url(part)}


def _file(part: Media) -> Item:
    file: Item = {"type": "input_file"}
    if part.data is not None:
        return {**file, "filename": part.filename or "document.pdf", "file_data": media_url(part)}
    return {**file, "file_id": part.file_id} if part.url is None else {**file, "file_url": part.url}


# --- results of tools ---------------------------------------------------------------------------
def _result(
    context: MessageContext, result: Result, accepted: AcceptedItems, *, custom: bool
) -> Iterator[Item]:
    """Yield the item of a result and, if it holds media, the user turn that shows them.

    The documents give a result one string. OpenAI's own parts (`input_image`, `input_file`) are
    sent as the list in which its API takes them. A model without functions gets a text.

    Raises:
        UnsupportedContentError: The tool returned what no turn takes.
    """

    def written(index: int, part: Part) -> Item:
        if isinstance(part, Raw):  # a tool that returned plain dicts
            return {"type": _TEXT, "text": context.json_text(part.value, f"block {index}")}
        return _written(context, index, part)

    parts, call_id = result.parts, accepted.call_ids.id_of_result(result.call_id)
    inside, media = split_media(parts, written, _TEXT)
    output: Any
    if media and _has_own_parts(context.message.content):
        output = [written(n, part) for n, part in enumerate(parts) if not isinstance(part, Thought)]
        media = []
    else:
        output = "\n".join(written(index, part)["text"] for index, part in enumerate(inside))
    item_type = "custom_tool_call_output" if custom else "function_call_output"
    if custom or accepted.takes(item_type):
        yield {"type": item_type, "call_id": call_id, "output": output}
    else:
        yield {"role": "user", "content": f"(result of the call: {output})"}
    if media:
        yield media_turn(call_id, _TEXT, media)


_OWN_PARTS = frozenset({"input_image", "input_file"})


def _has_own_parts(content: Any) -> bool:
    """Return whether content holds parts in the form of OpenAI's Responses API."""
    blocks = content if isinstance(content, list) else []
    return any(
        isinstance(block, Mapping)
        and (block.get("type") in _OWN_PARTS or _has_own_parts(block.get("content")))
        for block in blocks
    )
