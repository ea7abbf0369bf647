"""What both request schemas need to know about a conversation: roles, calls, results."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_aimlapi._messages.content import read_content
from langchain_aimlapi._messages.parts import (
    Audio,
    ContentProblem,
    File,
    Image,
    Part,
    Raw,
    RedactedThinking,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Video,
)
from langchain_aimlapi.errors import UnsupportedContentError
from langchain_aimlapi.profiles import CHAT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from langchain_aimlapi.profiles import ModelFacts

_ROLES: tuple[tuple[type[BaseMessage], str], ...] = (
    (HumanMessage, "user"),
    (AIMessage, "assistant"),
    (ToolMessage, "tool"),
    (SystemMessage, "system"),
    (FunctionMessage, "function"),
    (ChatMessage, "chat"),
)
_CALLS = frozenset({"tool_use", "tool_call", "invalid_tool_call", "function_call"})
_PROVIDER = "aimlapi"
"""What our own answers name as `model_provider`."""
_OTHER_SIGNERS = frozenset({"google_genai", "google_vertexai"})
_CHAT_ROLES = {"human": "user", "ai": "assistant"}

_WORDS: Mapping[type[Any], str] = {
    Text: "text",
    Image: "image",
    File: "file",
    Audio: "audio",
    Video: "video",
    Thinking: "reasoning",
    RedactedThinking: "reasoning",
    ToolUse: "tool call",
    ToolResult: "tool result",
}


_CONTENT = frozenset(
    {"text", "image", "image_url", "file", "document", "input_audio", "video_url", "search_result"}
)
"""What a user can put into a message; the rest of a part list is reasoning and tool traces."""


class Place(NamedTuple):
    """Where in a conversation something stands, for the text of an error."""

    facts: ModelFacts
    position: int
    message: BaseMessage

    def __str__(self) -> str:
        """Return `message 2 (HumanMessage)`."""
        return f"message {self.position} ({type(self.message).__name__})"


@cache
def _role_of_class(cls: type[BaseMessage]) -> str:
    return next((role for base, role in _ROLES if issubclass(cls, base)), "")


def role_of(place: Place) -> str:
    """Return the role of a message in OpenAI's words; a `ChatMessage` names its own.

    Raises:
        UnsupportedContentError: It is no turn of a conversation, such as a `RemoveMessage`.
    """
    message = place.message
    role = _role_of_class(type(message))
    if role == "system":
        return str(message.additional_kwargs.get("__openai_role__") or role)
    if isinstance(message, ChatMessage):
        return _CHAT_ROLES.get(message.role, message.role)
    if not role:
        raise UnsupportedContentError(
            f"Cannot send {place} to {place.facts.model}: it is no turn of a conversation."
        )
    return role


_PLAIN_ROLES: Mapping[type[Any], str] = {
    HumanMessage: "user",
    AIMessage: "assistant",
    AIMessageChunk: "assistant",
    ToolMessage: "tool",
    SystemMessage: "system",
}
"""By class, exactly: a subclass may mean something else."""


def plain_role(message: BaseMessage) -> str | None:
    """Return the role of a message that is text and nothing more, else None.

    Nearly all of a long conversation is such messages, and an agent sends it with every step: the
    writers have a short branch for them.
    """
    role = _PLAIN_ROLES.get(type(message))
    if role is None or type(message.content) is not str:
        return None
    if isinstance(message, ToolMessage):
        return role if message.tool_call_id else None
    if isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls):
        return None
    bare = role == "user" or not message.additional_kwargs
    return role if bare and not message.name else None


def parts_of(place: Place) -> list[Part]:
    """Return the parts of a message.

    Raises:
        UnsupportedContentError: A block cannot be read.
    """
    content: Any = place.message.content
    try:
        return read_content(content)
    except ContentProblem as problem:
        block = f"block {problem.block} ({content[problem.block].get('type')})"
        raise UnsupportedContentError(
            f"Cannot send {block} of {place} to {place.facts.model}: {problem}."
        ) from None


def drop_foreign_signature(part: Part, message: BaseMessage, endpoint: str) -> Part:
    """Return a part of an answer as it counts on `endpoint`.

    A block that LangChain has no words for is wrapped, by users and in answers. What a user wraps
    is sent whatever it is; what another endpoint, or another provider, answered is no more than a
    trace here. So is the signature with which Google marks thoughts.
    """
    metadata = message.response_metadata
    maker = metadata.get("model_provider")
    if isinstance(part, Thinking) and maker in _OTHER_SIGNERS:
        return part._replace(signature=None)
    if not (isinstance(part, Raw) and part.verbatim) or maker is None:
        return part
    here = maker == _PROVIDER and metadata.get("endpoint", CHAT) == endpoint
    return part if here else Raw(part.value)


def unsupported(
    place: Place, block: int, part: Part, accepted: frozenset[str] | None, why: str = ""
) -> UnsupportedContentError:
    """Return the error for a block that the request schema or the model cannot take.

    Args:
        place: The message.
        block: Index of the block in the message.
        part: The block, as read.
        accepted: What the turn accepts instead, in the words of the wire; None if unknown.
        why: The reason, where it is not that the turn takes no such parts.
    """
    word = kind_of(part)
    role = role_of(place)
    article = "an" if role == "assistant" else "a"
    reason = why or f"{article} {role} turn of this model takes no {word}"
    text = f"Cannot send block {block} ({word}) of {place} to {place.facts.model}: {reason}."
    listed = ", ".join(sorted((accepted or frozenset()) & _CONTENT))
    if listed:
        text += f" Accepted: {listed}."
    if role == "assistant" and isinstance(part, (Image, File, Audio, Video)):
        text += " Show it to the model in a user turn."
    if place.facts.known and place.facts.both_schemas:
        text += ' request_schema="openai" is documented for this model too.'
    return UnsupportedContentError(text)


def json_text(place: Place, value: Any, what: str) -> str:
    """Return `value` as JSON.

    Args:
        place: The message that holds it.
        value: The value.
        what: What an error calls it.

    Raises:
        UnsupportedContentError: It holds something that JSON has no form for, such as a date.
    """
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnsupportedContentError(
            f"Cannot send {what} of {place} to {place.facts.model}: it cannot be written as JSON "
            f"({error}). Use text, numbers, lists and dicts in it."
        ) from None


def kind_of(part: Part) -> str:
    """Return what errors call a part: a block without a type by its keys."""
    value: Mapping[str, Any] = getattr(part, "value", {})
    return _WORDS.get(type(part)) or str(value.get("type") or ", ".join(map(str, value)))


def tool_call_id_of(message: BaseMessage) -> str:
    """Return the id of the call that a tool turn answers."""
    found = getattr(message, "tool_call_id", None)
    return str(found or message.additional_kwargs.get("tool_call_id") or "")


def is_accepted(wire_type: str, part: Part, accepted: frozenset[str] | None) -> bool:
    """Return whether a turn takes a part that the schema writes as `wire_type`."""
    return accepted is None or wire_type in accepted or (isinstance(part, Raw) and part.verbatim)


def results_after_their_calls(messages: Sequence[BaseMessage]) -> Iterable[tuple[int, BaseMessage]]:
    """Yield messages with their indices, tool results right after the turn that called.

    Both schemas demand that; a result that came late, or in another order than the calls, is
    moved. Results of calls that no message makes stay where they are.
    """
    if _is_in_order(messages):
        return enumerate(messages)
    groups: list[list[tuple[int, BaseMessage]]] = []
    owner: dict[str, int] = {}  # an id may be used again by a later turn: the latest one counts
    for entry in enumerate(messages):
        message = entry[1]
        if isinstance(message, ToolMessage) and message.tool_call_id in owner:
            groups[owner[message.tool_call_id]].append(entry)
            continue
        if isinstance(message, AIMessage):
            owner.update(dict.fromkeys(_call_ids(message), len(groups)))
        groups.append([entry])
    for group in groups:
        if len(group) > 1:
            order = {name: n for n, name in enumerate(_call_ids(group[0][1]))}
            group[1:] = sorted(group[1:], key=partial(_rank, order))
    return [entry for group in groups for entry in group]


def _is_in_order(messages: Sequence[BaseMessage]) -> bool:
    """Return whether each result stands behind the turn that called, in the order of the calls."""
    results = {cls for cls in set(map(type, messages)) if issubclass(cls, ToolMessage)}
    if not results:
        return True
    last = -2
    expected: Iterator[str] = iter(())
    for index, cls in enumerate(map(type, messages)):
        if cls not in results:
            continue
        if index != last + 1:
            caller = messages[index - 1] if index else None
            expected = iter(_call_ids(caller) if isinstance(caller, AIMessage) else ())
        last = index
        result: Any = messages[index]
        if result.tool_call_id not in expected:  # which reads on as far as that id
            return False
    return True


def _rank(order: Mapping[str, int], entry: tuple[int, BaseMessage]) -> int:
    return order[tool_call_id_of(entry[1])]  # results in a group are those of its calls


def _call_ids(message: Any) -> list[str]:
    """Return the ids of the calls of an `AIMessage`, in order."""
    ids = [name for call in message.tool_calls if (name := call.get("id"))]
    if message.invalid_tool_calls:
        ids += [name for call in message.invalid_tool_calls if (name := call.get("id"))]
    if not isinstance(message.content, str):
        blocks = (block for block in message.content if isinstance(block, dict))
        named = (b.get("call_id") or b.get("id") for b in blocks if b.get("type") in _CALLS)
        ids += filter(None, named)
    return ids
