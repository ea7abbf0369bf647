"""Reads answers in Claude's own dialect, of `/messages` and of batches: events, or one message.

The typed blocks of a message are read in `blocks`; here are its events, the facts about it, and
its token counts, as LangChain counts them: cached tokens are a part of the input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import TypeIs

from langchain_aimlapi._answers.coerce import name_of
from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi._answers.reading import AnswerReader
from langchain_aimlapi._answers.usage import add_counts, read_usage
from langchain_aimlapi._dialects.claude.blocks import Blocks
from langchain_aimlapi._dialects.claude.body import NAME

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata

    from langchain_aimlapi._answers.state import AnswerState

_MESSAGE_FACTS = ("container", "context_management", "stop_sequence", "stop_details")
"""Fields of a message that go into `response_metadata` as sent."""
_USAGE_FACTS = ("service_tier", "inference_geo", "server_tool_use", "iterations")
"""Fields of its usage that do so too."""
_REFUSAL = "refusal"


class Reader(AnswerReader):
    """Reads one message, whole or in events."""

    def __init__(self, state: AnswerState, *, model: str = "", several: bool = False) -> None:
        super().__init__(state, model=model, several=several)
        # Claude stops "to call a tool" only if one is to be called; others were answered already.
        state.metadata.settled = True
        state.metadata.set_once("endpoint", NAME)
        self._blocks = Blocks()
        self._counts: dict[str, Any] = {}
        self._stop_details: Any = None

    def is_ours(self, name: str) -> bool:
        """Return whether an event of this name must be JSON; the name may be missing."""
        return not name or name in self._EVENTS

    def read_event(self, name: str, body: dict[str, Any]) -> Iterable[Delta]:
        """Read an event; those of unknown types bring nothing."""
        kind = body.get("type")
        read = self._EVENTS.get(kind if isinstance(kind, str) else name)
        return read(self, body) if read else ()

    def read_whole(self, body: Any, data: bytes) -> Iterable[Delta]:
        """Read a whole message; one that says why it ended may have no content.

        A filter stopped it before any.
        """
        fields = body if isinstance(body, dict) else {}
        if not (
            isinstance(fields.get("content"), (list, str)) or name_of(fields.get("stop_reason"))
        ):
            raise self.state.malformed("The answer holds no content.", data)
        self.stopped = True
        return self._start({"message": fields})

    def close(self) -> Iterable[Delta]:
        """End the blocks that nobody ended; note the counts, and a refusal."""
        rest = self._blocks.close()
        metadata = self.state.metadata
        metadata.usage = read_counts(self._counts)
        for name in _USAGE_FACTS:
            if self._counts.get(name) is not None:
                metadata.set_once(name, self._counts[name])
        if metadata.finish == _REFUSAL:
            rest.append(Delta(blocks=[_refusal(self._stop_details)]))
        return rest

    def _start(self, event: Mapping[str, Any]) -> list[Delta]:
        """Read the message itself: in a stream it has no content yet, as a rule."""
        message = event.get("message")
        if not isinstance(message, Mapping):
            return []
        self.seen = True
        self._note(message)
        content = message.get("content")
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        return [
            delta
            for index, block in enumerate(content if isinstance(content, list) else ())
            for delta in (*self._blocks.start(index, block), *self._blocks.stop(index))
        ]

    def _start_block(self, event: Mapping[str, Any]) -> list[Delta]:
        """Begin a block."""
        self.seen = True
        return self._blocks.start(event.get("index"), event.get("content_block"))

    def _add_piece(self, event: Mapping[str, Any]) -> list[Delta]:
        """Add a piece to a block."""
        self.seen = True
        return self._blocks.add(event.get("index"), event.get("delta"))

    def _stop_block(self, event: Mapping[str, Any]) -> list[Delta]:
        """End a block."""
        return self._blocks.stop(event.get("index"))

    def _end(self, event: Mapping[str, Any]) -> list[Delta]:
        """Read how the message ends, and the counts, which are final here."""
        delta = event.get("delta")
        self._note(event)
        if isinstance(delta, Mapping):
            self._note(delta)
        return []

    def _stop(self, event: Mapping[str, Any]) -> list[Delta]:
        """Read the last event."""
        self._note(event)
        self.stopped = True
        return []

    def _note(self, fields: Mapping[str, Any]) -> None:
        metadata = self.state.metadata
        if isinstance(fields.get("usage"), Mapping):
            add_counts(self._counts, fields["usage"])
        metadata.note({name: fields[name] for name in ("id", "model", "meta") if name in fields})
        metadata.finish = name_of(fields.get("stop_reason")) or metadata.finish
        self._stop_details = fields.get("stop_details") or self._stop_details
        for name in _MESSAGE_FACTS:
            if fields.get(name) is not None:
                metadata.set_once(name, fields[name])

    _EVENTS: ClassVar[Mapping[str, Callable[[Any, Mapping[str, Any]], list[Delta]]]] = {
        "message_start": _start,
        "content_block_start": _start_block,
        "content_block_delta": _add_piece,
        "content_block_stop": _stop_block,
        "message_delta": _end,
        "message_stop": _stop,
    }


def _refusal(details: Any) -> dict[str, Any]:
    """Return a refusal as LangChain's block; most have no explanation."""
    fields = details if isinstance(details, Mapping) else {}
    block: dict[str, Any] = {"type": "refusal", "refusal": str(fields.get("explanation") or "")}
    if fields.get("category"):
        block["extras"] = {"category": fields["category"]}
    return {**block, "key": _REFUSAL}


# --- token counts ---
_COUNTED = frozenset({"input_tokens", "output_tokens"})
_MAX_COUNT = 10**15
_WRITTEN = "cache_creation_input_tokens"
_BY_TTL = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def read_counts(sent: Mapping[str, Any]) -> UsageMetadata | None:
    """Return LangChain's usage, or None where the counts cannot be believed.

    Claude counts apart what was read from and written to its cache; LangChain's input is the sum.
    Where it says for how long something is cached, those counts replace the one of all that was
    written: the details are parts of the input, and none may be counted twice.
    """
    usage: dict[str, Any] = {"input_tokens": 0, "output_tokens": 0, **sent}
    usage.pop("total_tokens", None)
    by_ttl = _cache_writes_by_ttl(sent.get("cache_creation"))
    if by_ttl:
        usage.setdefault(_WRITTEN, sum(by_ttl.values()))
    read = None if _COUNTED.isdisjoint(sent) else read_usage(usage)
    if read is None:
        return None
    details: dict[str, Any] = dict(read.get("input_token_details") or {})
    read["input_tokens"] += details.get("cache_read", 0) + details.get("cache_creation", 0)
    read["total_tokens"] = read["input_tokens"] + read["output_tokens"]
    if by_ttl and "cache_creation" in details:
        details["cache_creation"] = max(details["cache_creation"] - sum(by_ttl.values()), 0)
    if details or by_ttl:
        details.update(by_ttl)
        read["input_token_details"] = details  # type: ignore[typeddict-item]  # and two of Claude's
    thinking = _thinking(sent)
    if thinking is not None:
        read["output_token_details"] = {"reasoning": thinking}
    return read


def _cache_writes_by_ttl(written: Any) -> dict[str, int]:
    """Return what was written to the cache by how long it stays there."""
    if not isinstance(written, Mapping):
        return {}
    return {name: n for name in _BY_TTL if _is_count(n := written.get(name))}


def _thinking(sent: Mapping[str, Any]) -> int | None:
    details = sent.get("output_tokens_details")
    count = details.get("thinking_tokens") if isinstance(details, Mapping) else None
    return count if _is_count(count) else None


def _is_count(value: Any) -> TypeIs[int]:
    return type(value) is int and 0 <= value < _MAX_COUNT
