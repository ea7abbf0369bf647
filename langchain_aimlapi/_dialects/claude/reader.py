"""Reads answers in Claude's own dialect, of `/messages` and of batches: events, or one message.

The typed blocks of a message are read in `blocks`; here are its events, the facts about it, and
its token counts, as LangChain counts them: cached tokens are a part of the input.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dict_of, dicts_of, name_of, string_of
from langchain_aimlapi._answers.delta import Delta
from langchain_aimlapi._answers.reading import EventReader
from langchain_aimlapi._answers.usage import Places, read_details, read_usage
from langchain_aimlapi._dialects.claude.blocks import Blocks
from langchain_aimlapi._dialects.claude.body import NAME

if TYPE_CHECKING:
    from langchain_core.messages.ai import UsageMetadata

    from langchain_aimlapi._answers.answer import Answer

_MESSAGE_FACTS = ("container", "context_management", "stop_sequence", "stop_details")
"""Fields of a message that go into `response_metadata` as sent."""
_NOTED = ("id", "model", "usage", "meta")
"""Fields that mean what they mean on the other endpoints."""
_USAGE_FACTS = ("service_tier", "inference_geo", "server_tool_use", "iterations")
"""Fields of its usage that do so too."""
_REFUSAL = "refusal"
_EVENTS = frozenset(
    {"message_start", "message_delta", "message_stop"}
    | {"content_block_start", "content_block_delta", "content_block_stop"}
)


class Reader(EventReader):
    """Reads one message, whole or in events."""

    def __init__(self, answer: Answer, *, model: str = "", several: bool = False) -> None:
        super().__init__(answer, model=model, several=several)
        # Claude stops "to call a tool" only if one is to be called; others were answered already.
        answer.metadata.settled = True
        answer.metadata.read_usage = read_counts
        answer.metadata.set_once("endpoint", NAME)
        self._blocks = Blocks()
        self._stop_details: Any = None

    def must_be_json(self, name: str) -> bool:
        """Return whether an event of this name must be JSON; the name may be missing."""
        return not name or name in _EVENTS

    def read_event(self, name: str, body: dict[str, Any]) -> Iterable[Delta]:
        """Read an event; those of unknown types bring nothing."""
        index = body.get("index")
        match string_of(body.get("type")) or name:
            case "content_block_delta":
                self.seen = True
                return self._blocks.add(index, body.get("delta"))
            case "content_block_start":
                self.seen = True
                return self._blocks.start(index, body.get("content_block"))
            case "content_block_stop":
                return self._blocks.stop(index)
            case "message_start":
                return self._start(body.get("message"))
            case "message_delta":  # how the message ends, and the counts, which are final here
                self._note(body)
                self._note(dict_of(body.get("delta")))
            case "message_stop":
                self._note(body)
                self.stopped = True
        return ()

    def read_whole(self, body: Any, data: bytes) -> Iterable[Delta]:
        """Read a whole message; one that says why it ended may have no content.

        A filter stopped it before any.
        """
        fields = body if isinstance(body, dict) else {}
        if not (
            isinstance(fields.get("content"), (list, str)) or name_of(fields.get("stop_reason"))
        ):
            raise self.answer.malformed("The answer holds no content.", data)
        self.stopped = True
        return self._start(fields)

    def close(self) -> Iterable[Delta]:
        """End the blocks that nobody ended; note the counts, and a refusal."""
        rest = self._blocks.close()
        metadata = self.answer.metadata
        for name in _USAGE_FACTS:
            if metadata.counts.get(name) is not None:
                metadata.set_once(name, metadata.counts[name])
        if metadata.finish == _REFUSAL:
            rest.append(Delta(blocks=[_refusal(self._stop_details)]))
        return rest

    def _start(self, message: Any) -> list[Delta]:
        """Read the message itself: in a stream it has no content yet, as a rule."""
        if not isinstance(message, Mapping):
            return []
        self.seen = True
        self._note(message)
        content = message.get("content")
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        return [
            delta
            for index, block in enumerate(dicts_of(content))
            for delta in (*self._blocks.start(index, block), *self._blocks.stop(index))
        ]

    def _note(self, fields: Mapping[str, Any]) -> None:
        metadata = self.answer.metadata
        metadata.note({name: fields[name] for name in _NOTED if name in fields})
        metadata.finish = name_of(fields.get("stop_reason")) or metadata.finish
        self._stop_details = fields.get("stop_details") or self._stop_details
        for name in _MESSAGE_FACTS:
            if fields.get(name) is not None:
                metadata.set_once(name, fields[name])


def _refusal(details: Any) -> dict[str, Any]:
    """Return a refusal as LangChain's block; most have no explanation."""
    fields = dict_of(details)
    block: dict[str, Any] = {"type": "refusal", "refusal": str(fields.get("explanation") or "")}
    if fields.get("category"):
        block["extras"] = {"category": fields["category"]}
    return {**block, "key": _REFUSAL}


# --- token counts ---
_COUNTED = frozenset({"input_tokens", "output_tokens"})
_WRITTEN = "cache_creation_input_tokens"
_WRITTEN_BY_TTL: Places = {
    name: (("cache_creation", name),)
    for name in ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
}


def read_counts(sent: Mapping[str, Any]) -> UsageMetadata | None:
    """Return LangChain's usage, or None where the counts cannot be believed.

    Claude counts apart what was read from and written to its cache; LangChain's input is the sum.
    Where it says for how long something is cached, those counts replace the one of all that was
    written: the details are parts of the input, and none may be counted twice.
    """
    usage: dict[str, Any] = {"input_tokens": 0, "output_tokens": 0, **sent}
    usage.pop("total_tokens", None)
    by_ttl = read_details(sent, _WRITTEN_BY_TTL)
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
    return read
