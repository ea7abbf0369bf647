"""A conversation as every dialect has to know it: roles, order, and errors that say where."""

from __future__ import annotations

import json
from functools import cache
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

from langchain_aimlapi._messages.content import read_block
from langchain_aimlapi._messages.parts import ContentProblem, Media, Part, Raw, Thought, kind_of
from langchain_aimlapi._warning import warn
from langchain_aimlapi.errors import UnsupportedContentError
from langchain_aimlapi.profiles import CHAT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi.profiles import ModelFacts

_ROLES: tuple[tuple[type[BaseMessage], str], ...] = (
    (HumanMessage, "user"),
    (AIMessage, "assistant"),
    (ToolMessage, "tool"),
    (SystemMessage, "system"),
    (FunctionMessage, "function"),
    (ChatMessage, "chat"),
)
_CHAT_ROLES = {"human": "user", "ai": "assistant"}
_CALLS = frozenset({"tool_use", "tool_call", "invalid_tool_call", "function_call"})
_PROVIDER = "aimlapi"
"""What our own answers name as `model_provider`."""
_SIGNED_BY_GOOGLE = frozenset({"google_genai", "google_vertexai"})
_CONTENT = frozenset(
    {"text", "image", "image_url", "file", "document", "input_audio", "video_url", "search_result"}
)
"""What a user can put into a message; other part types are reasoning and traces of tools."""


class MessageContext(NamedTuple):
    """A message while it is written: which one it is, and for which model."""

    facts: ModelFacts
    position: int
    message: BaseMessage

    def __str__(self) -> str:
        """Return `message 2 (HumanMessage)`."""
        return f"message {self.position} ({type(self.message).__name__})"

    @property
    def maker(self) -> Any:
        """The provider that answered, where the message says which."""
        return self.message.response_metadata.get("model_provider")

    @property
    def answered_on(self) -> str:
        """The endpoint of the service that answered; "" where another provider did."""
        metadata = self.message.response_metadata
        return str(metadata.get("endpoint", CHAT)) if self.maker == _PROVIDER else ""

    @property
    def role(self) -> str:
        """The role of the message in OpenAI's words; a `ChatMessage` names its own.

        Raises:
            UnsupportedContentError: It is no turn of a conversation, such as a `RemoveMessage`.
        """
        message = self.message
        role = _role_of_class(message.__class__)
        if role == "system":
            return str(message.additional_kwargs.get("__openai_role__") or role)
        if role == "chat":
            named = str(getattr(message, "role", ""))
            return _CHAT_ROLES.get(named, named)
        if not role:
            raise self.error("it is no turn of a conversation.")
        return role

    def parts(self) -> list[Part]:
        """Return the parts of the message.

        Raises:
            UnsupportedContentError: A block cannot be read.
        """
        content = self.message.content
        blocks = [content] if isinstance(content, str) else content
        return [self._part(index, block) for index, block in enumerate(blocks)]

    def _part(self, index: int, block: Any) -> Part:
        try:
            return read_block(block)
        except ContentProblem as problem:
            raise self.error(f"{problem}.", f"block {index} ({block.get('type')}) of ") from None

    def write(
        self,
        index: int,
        part: Part,
        writer: Callable[[Part], JsonObject | None],
        accepted: frozenset[str] | None,
    ) -> JsonObject:
        """Return a part as `writer` writes it.

        Args:
            index: Index of the block in the message.
            part: The block, as read.
            writer: Returns None for kinds of parts that the request schema does not have.
            accepted: Part types that the turn accepts, for the error; None if unknown.

        Raises:
            UnsupportedContentError: The request schema has no such part.
        """
        why = ""
        try:
            wire = writer(part)
        except ContentProblem as problem:
            wire, why = None, str(problem)
        if wire is None:
            raise self.unsupported(index, part, accepted, why)
        return wire

    def error(self, why: str, what: str = "") -> UnsupportedContentError:
        """Return the error that `what` of the message cannot be sent."""
        return UnsupportedContentError(f"Cannot send {what}{self} to {self.facts.model}: {why}")

    def unsupported(
        self, index: int, part: Part, accepted: frozenset[str] | None, why: str = ""
    ) -> UnsupportedContentError:
        """Return the error for a block that the request schema or the model cannot take.

        Args:
            index: Index of the block in the message.
            part: The block, as read.
            accepted: Part types that the turn accepts instead; None if unknown.
            why: The reason, where it is not that the turn takes no such parts.
        """
        kind, role = kind_of(part), self.role
        article = "an" if role == "assistant" else "a"
        text = why or f"{article} {role} turn of this model takes no {kind}"
        text += "."
        listed = ", ".join(sorted((accepted or frozenset()) & _CONTENT))
        if listed:
            text += f" Accepted: {listed}."
        if role == "assistant" and isinstance(part, Media):
            text += " Show it to the model in a user turn."
        if self.facts.known and self.facts.both_schemas:
            text += ' request_schema="openai" is documented for this model too.'
        refusal = self.error(text, f"block {index} ({kind}) of ")
        refusal.block = (self.position, _fingerprint(part))
        return refusal

    def leave_out(self, index: int, part: Part) -> None:
        """Warn that media which a model made are left out, so that the conversation can go on.

        Raises:
            UnsupportedContentError: No model made them: the user wants them to be sent.
        """
        refusal = self.unsupported(index, part, frozenset({"text"}))
        if not self.maker:
            raise refusal
        warn(f"{refusal} It is left out.")

    def json_text(self, value: Any, what: str) -> str:
        """Return `value`, which errors call `what`, as JSON.

        Raises:
            UnsupportedContentError: It holds something that JSON has no form for, such as a date.
        """
        try:
            return json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise self.error(
                f"it cannot be written as JSON ({error}). Use text, numbers, lists and dicts in "
                "it.",
                f"{what} of ",
            ) from None


def without_refused_block(
    messages: Sequence[BaseMessage], refusal: UnsupportedContentError
) -> list[BaseMessage] | None:
    """Return messages without the block that was refused, wherever it stands in its message.

    None if no block was refused, or if nothing would be left of the message.
    """
    if refusal.block is None:
        return None
    position, refused = refusal.block
    message = messages[position]
    left = _without_block(message.content, refused)
    if not left or left == message.content:
        return None
    changed = message.model_copy(update={"content": left})
    return [*messages[:position], changed, *messages[position + 1 :]]


def _without_block(content: Any, refused: int) -> Any:
    """Return content, or that of a `tool_result` in it, without the blocks of a fingerprint."""
    if not isinstance(content, list):
        return content
    left: list[Any] = []
    for block in content:
        inner = block.get("content") if isinstance(block, dict) else None
        if isinstance(inner, list) and block.get("type") == "tool_result":
            if rest := _without_block(inner, refused):
                left.append({**block, "content": rest})
        elif _fingerprint(read_block(block)) != refused:
            left.append(block)
    return left


def _fingerprint(part: Any) -> int:
    """Return what tells blocks apart and holds nothing of them: an error carries it."""
    marked = hasattr(part, "cache_control")  # which writers take off inside of results
    return hash(repr(part._replace(cache_control=None) if marked else part))


@cache
def _role_of_class(cls: type[BaseMessage]) -> str:
    return next((role for base, role in _ROLES if issubclass(cls, base)), "")


_PLAIN_ROLES: Mapping[type[Any], str] = {
    HumanMessage: "user",
    AIMessage: "assistant",
    AIMessageChunk: "assistant",
    ToolMessage: "tool",
    SystemMessage: "system",
}
"""By class, exactly: a subclass may mean something else."""


def plain_role(message: Any) -> str | None:
    """Return the role of a message that is text and nothing more, else None.

    Nearly all of a long conversation is such messages, and an agent sends it with every step: the
    writers have a short branch for them. It asks for classes by name, because `isinstance` is slow
    with Pydantic's classes.
    """
    role = _PLAIN_ROLES.get(type(message))
    if role is None or type(message.content) is not str or message.name:
        return None
    if role == "tool" and not message.tool_call_id:
        return None
    if role == "assistant" and (message.tool_calls or message.invalid_tool_calls):
        return None
    return role if role == "user" or not message.additional_kwargs else None


def drop_foreign_signature(part: Part, context: MessageContext, endpoint: str) -> Part:
    """Return a part of an answer as it counts on `endpoint`.

    A block that LangChain has no words for is wrapped, by users and in answers. What a user wraps
    is sent whatever it is; what another endpoint, or another provider, answered is no more than a
    trace here. Nor do signatures of Google, on thoughts, mean anything to other vendors.
    """
    if isinstance(part, Thought) and context.maker in _SIGNED_BY_GOOGLE:
        return part._replace(signature=None)
    if not (isinstance(part, Raw) and part.verbatim) or context.maker is None:
        return part
    return part if context.answered_on == endpoint else Raw(part.value)


def is_accepted(wire_type: str, part: Part, accepted: frozenset[str] | None) -> bool:
    """Return whether a turn takes a part that the schema writes as `wire_type`."""
    return accepted is None or wire_type in accepted or (isinstance(part, Raw) and part.verbatim)


def tool_call_id_of(message: BaseMessage) -> str:
    """Return the id of the call that a tool turn answers."""
    found = getattr(message, "tool_call_id", None)
    return str(found or message.additional_kwargs.get("tool_call_id") or "")


def results_after_their_calls(messages: Sequence[BaseMessage]) -> list[tuple[int, BaseMessage]]:
    """Return messages with their indices, tool results right after the turn that called.

    All dialects demand that; a result that came late, or in another order than the calls, is
    moved. Results of calls that no message makes stay where they are.
    """
    classes = [*map(type, messages)]
    roles = {cls: _role_of_class(cls) for cls in set(classes)}
    if "tool" not in roles.values():
        return list(enumerate(messages))
    calls: dict[str, tuple[int, int]] = {}  # of an id used again: the latest turn
    places = [(index, 0) for index in range(len(messages))]
    for index, cls in enumerate(classes):
        message: Any = messages[index]
        if roles[cls] == "tool":
            places[index] = calls.get(message.tool_call_id, places[index])
        elif roles[cls] == "assistant":
            for n, call_id in enumerate(_call_ids(message), 1):
                calls[call_id] = (index, n)
    order = sorted(range(len(places)), key=places.__getitem__)
    return [(index, messages[index]) for index in order]


def _call_ids(message: Any) -> list[str]:
    """Return the ids of the calls of an `AIMessage`, in order."""
    calls = message.tool_calls + message.invalid_tool_calls
    if not isinstance(message.content, str):  # which may hold calls that stand nowhere else
        blocks = (block for block in message.content if isinstance(block, dict))
        calls += [block for block in blocks if block.get("type") in _CALLS]
    names = (call.get("call_id") or call.get("id") for call in calls)
    return [name for name in names if name]
