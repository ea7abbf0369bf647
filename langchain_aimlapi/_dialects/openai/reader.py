"""Reads answers of `/chat/completions`: chunks of a stream or a whole body, whatever the vendor.

Vendors differ in which fields they send what in; what comes out is one `Delta`. The facts of a
choice and of the whole body (ids, finish reason, usage) are not in it, but noted in `Metadata`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.answer import EXTRA_CONTENT
from langchain_aimlapi._answers.calls import calls_of_message
from langchain_aimlapi._answers.coerce import dict_of, dicts_of, list_of, name_of, text_of
from langchain_aimlapi._answers.delta import Block, Delta
from langchain_aimlapi._answers.reading import EventReader
from langchain_aimlapi._answers.reasoning import detail_of_thinking, text_of_detail
from langchain_aimlapi._dialects.openai.choices import ChoicePicker
from langchain_aimlapi._dialects.openai.think_tags import think_tags_of
from langchain_aimlapi._http.error_bodies import is_error_payload
from langchain_aimlapi.data.media_types import is_data_url, split_data_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from langchain_aimlapi._answers.answer import Answer

MAX_CHOICES = 1024
"""Choices of an answer that are read; the service documents fewer."""

ADDITIONAL_KWARGS = (
    EXTRA_CONTENT,
    "thought_signature",
    "encrypted_content",
    "executed_tools",
    "provider_metadata",
)
"""Fields of a message that LangChain has no place for: they go into `additional_kwargs` as sent."""


class Reader(EventReader):
    """Reads one answer; of a stream with several choices the first."""

    NOT_ENDED = "The stream ended before the answer did: no finish reason and no [DONE]."
    DONE_IS_AN_END = True

    def __init__(self, answer: Answer, *, model: str = "", several: bool = False) -> None:
        super().__init__(answer, model=model, several=several)
        self._choices = ChoicePicker(several=several)
        self._tags = think_tags_of(model)
        self._has_text = False
        self._has_delta = False

    def must_be_json(self, name: str) -> bool:
        """Return whether an event of this name must be JSON."""
        return name in {"", "message"}

    def unwrap(self, body: Any) -> Any:
        """Return the chunk inside `{"event": ..., "state": ...}`, as Claude streams once had it."""
        if isinstance(body, list) and body and is_error_payload(body[0]):
            return body[0]
        inner = body.get("event") if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            return body
        state = body.get("state")
        if isinstance(state, dict):
            self.answer.metadata.note_wrapped(state)
            inner = {**inner, "usage": None}  # zeros, except in one event
        return {**inner, "error": body["error"]} if body.get("error") else inner

    def read_event(self, name: str, body: dict[str, Any]) -> Iterable[Delta]:
        """Read a chunk of a stream."""
        del name
        self.answer.metadata.note(body)
        choice = self._choices.pick(body.get("choices"))
        if choice is None:
            return ()
        delta = self._delta_of(choice)
        self.seen = self.seen or delta is not None
        return self._read_choice(choice, delta)

    def read_whole(self, body: Any, data: bytes) -> Iterable[Delta]:
        """Read a whole body; of its choices the first."""
        choices = body.get("choices") if isinstance(body, dict) else None
        if not isinstance(choices, list) or not choices:
            raise self.answer.malformed("The answer holds no choices.", data)
        self.answer.metadata.note(body)
        self.seen = self.stopped = True
        choice = dict_of(choices[0])
        message = message_of(choice)
        if message is None and not choice.get("error"):
            raise self.answer.malformed("A choice holds no message.", data)
        return self._read_choice(choice, None if message is None else read_message(message))

    def further_choices(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Return all choices but the first, without the facts of the call."""
        return [{"choices": [choice]} for choice in body["choices"][1:MAX_CHOICES]]

    def close(self) -> Iterable[Delta]:
        """Return the text that was held back because it might have been a part of a tag."""
        metadata = self.answer.metadata
        metadata.finish = metadata.finish or self._choices.spare_finish
        return () if self._tags is None else (self._tags.close(),)

    def _delta_of(self, choice: Mapping[str, Any]) -> Delta | None:
        sent = choice.get("delta")
        if isinstance(sent, dict):
            return read_delta(sent)
        if self._has_delta and isinstance(choice.get("message"), dict):
            return Delta()  # a whole message at the end repeats the deltas
        message = message_of(choice)
        return None if message is None else read_message(message)

    def _read_choice(self, choice: Mapping[str, Any], delta: Delta | None) -> Iterable[Delta]:
        if choice.get("error"):
            raise self.answer.error(choice)
        self.answer.metadata.note_choice(choice)
        if delta is None:
            return ()
        self._has_delta = self._has_delta or delta != _NOTHING
        if delta.text and not self._has_text:
            self._has_text = True
            self._tags = self._tags or think_tags_of(self.answer.metadata.model)
        return (delta,) if self._tags is None else self._tags.read(delta)


def read_delta(message: Mapping[str, Any]) -> Delta:
    """Read a message or a delta.

    Reasoning is taken from the first of `reasoning_content`, `reasoning`, `reasoning_details`
    and thinking parts that has any: OpenRouter sends the same text in two of them.
    """
    delta = Delta()
    thoughts: dict[str, str] = {}
    _read_content(message.get("content"), delta)
    for name, value in message.items():
        if not value:
            continue
        if name in _THOUGHTS:
            thoughts[name] = text_of(value)
        elif name in _FIELDS:
            place, read = _FIELDS[name]
            setattr(delta, place, read(value))
        elif name == "refusal":
            delta.refusal += text_of(value)
        elif name == "thinking_blocks" and not delta.details:
            # LiteLLM's form of Claude's blocks, beside `reasoning_content` with the same text.
            delta.details = list(map(detail_of_thinking, dicts_of(value)))
        elif name in ADDITIONAL_KWARGS:
            delta.additional_kwargs = {**(delta.additional_kwargs or {}), name: value}
    if thoughts or delta.details:
        thoughts.setdefault("reasoning_details", "".join(map(text_of_detail, delta.details)))
        delta.source = next((source for source in _SOURCES if thoughts.get(source)), "")
        delta.reasoning = thoughts.get(delta.source, "")
    return delta


def read_message(message: Mapping[str, Any]) -> Delta:
    """Read a whole message, each of whose calls is one of its own."""
    delta = read_delta(message)
    delta.calls = calls_of_message(delta.calls)
    return delta


def message_of(choice: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the whole message of a choice, None if there is no answer in it.

    A choice that has a reason why it ended and no message is an empty answer: hosts of Gemini and
    Azure send that where a filter stopped the model, or where no tokens were left.
    """
    for name in ("message", "delta"):  # Perplexity sends an empty delta beside the message
        if isinstance(message := choice.get(name), dict):
            return message
    text = choice.get("text")
    if isinstance(text, str):
        return {"content": text}
    return {} if name_of(choice.get("finish_reason")) else None


_THOUGHTS = ("reasoning_content", "reasoning")
_SOURCES = (*_THOUGHTS, "reasoning_details")
_NOTHING = Delta()


# --- content ------------------------------------------------------------------------------------
def _read_content(content: Any, delta: Delta) -> None:
    if isinstance(content, str):
        delta.text = content
    elif isinstance(content, list):
        _read_parts(content, delta)
    elif content is not None:
        # Cloudflare's JSON mode answers with the object itself.
        delta.text = json.dumps(content, ensure_ascii=False)


def _read_parts(parts: list[Any], delta: Delta) -> None:
    blocks: list[Block] = []
    for part in parts:
        if isinstance(part, str):
            blocks.append({"type": "text", "text": part})
        elif isinstance(part, dict):
            kind = part.get("type")
            kind = kind if kind is None or isinstance(kind, str) else "unknown"
            if kind in _TEXT_PARTS or (kind is None and isinstance(part.get("text"), str)):
                annotations = dicts_of(part.get("annotations"))
                more = {"annotations": annotations} if annotations else {}
                blocks.append({"type": "text", "text": text_of(part.get("text")), **more})
            elif kind in _THINKING_PARTS:
                delta.details = [*delta.details, detail_of_thinking(part)]
            elif kind == "refusal":
                delta.refusal += text_of(part.get("refusal"))
            else:
                blocks.append(media_block(part))
    delta.blocks = blocks


_TEXT_PARTS = frozenset({"text", "output_text"})
_THINKING_PARTS = frozenset({"thinking", "reasoning", "redacted_thinking"})


def media_block(part: Any) -> Block:
    """Return an image, audio, video or other part as a LangChain block."""
    if isinstance(part, str):
        return _by_url("image", part)
    kind = str(part.get("type") or "image_url")
    block_type = _MEDIA.get(kind)
    inner = part.get(kind)
    where = inner if isinstance(inner, dict) else {**part, "url": inner or part.get("url")}
    if block_type and isinstance(where.get("url"), str):
        return _by_url(block_type, where["url"])
    data = next((where[k] for k in ("b64_json", "base64", "data") if where.get(k)), None)
    if block_type and isinstance(data, str):
        block: Block = {"type": block_type, "base64": data}
        mime = where.get("mime_type") or where.get("media_type")
        return {**block, "mime_type": mime} if isinstance(mime, str) else block
    return {"type": "non_standard", "value": dict(part)}


_MEDIA = {
    "image_url": "image",
    "image": "image",
    "output_image": "image",
    "video_url": "video",
    "video": "video",
    "audio": "audio",
    "output_audio": "audio",
    "audio_url": "audio",
}


def _by_url(block_type: str, url: str) -> Block:
    split = split_data_url(url, encode=False) if is_data_url(url) else None
    if split is None:
        return {"type": block_type, "url": url}
    mime, data = split
    block: Block = {"type": block_type, "base64": data}
    return {**block, "mime_type": mime} if mime else block


# --- fields beside the content ------------------------------------------------------------------
def _images(value: Any) -> list[Block]:
    return [media_block(i) for i in list_of(value) if isinstance(i, (str, dict)) and i]


_FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    # `thinking_blocks`, if they came first, hold the same.
    "reasoning_details": ("details", dicts_of),
    "images": ("media", _images),
    "audio": ("audio", dict_of),
    "annotations": ("annotations", dicts_of),
    "tool_calls": ("calls", list_of),
    "function_call": ("legacy_call", dict_of),
}
"""Of a field: where a Delta has it, and how it is read."""
