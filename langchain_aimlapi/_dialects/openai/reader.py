"""Reads answers of `/chat/completions`: chunks of a stream or a whole body, whatever the vendor.

Vendors differ in which fields they send what in; what comes out is one `Delta`. The facts of a
choice and of the whole body (ids, finish reason, usage) are not in it, but noted in `Metadata`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.answer import EXTRA_CONTENT
from langchain_aimlapi._answers.calls import calls_of_message
from langchain_aimlapi._answers.coerce import (
    dict_of,
    dicts_of,
    list_of,
    name_of,
    string_of,
    text_of,
)
from langchain_aimlapi._answers.delta import Block, Delta
from langchain_aimlapi._answers.reading import EventReader
from langchain_aimlapi._answers.reasoning import detail_of_thinking, text_of_detail
from langchain_aimlapi._dialects.openai.audio import Audio
from langchain_aimlapi._dialects.openai.think_tags import ThinkTags, think_tags_of
from langchain_aimlapi._http.error_bodies import is_error_payload
from langchain_aimlapi.data.media_types import is_data_url, split_data_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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


class ChoicePicker:
    """Picks the choice of one answer from every chunk of a stream.

    With `n` > 1 chunks of several answers alternate; only the first answer is streamed. GLM
    counts the index of one answer up, from reasoning to text to tool calls. Where nothing says
    which it is, a second index goes on with the answer if it brings a kind of content that the
    first did not have.

    Args:
        several: Whether several answers were asked for.

    Attributes:
        kinds: What the answer has brought so far.
        spare_finish: The finish reason of another index that brought nothing else.
    """

    def __init__(self, *, several: bool = False) -> None:
        self.kinds: set[str] = set()
        self.spare_finish: str | None = None
        self._index: int | None = None  # that is followed
        self._several: bool | None = several or None  # None: nothing says so yet
        self._finished = False

    def pick(self, choices: Any) -> Mapping[str, Any] | None:
        """Return the choice of the answer, or None if the chunk has none."""
        return next(filter(self._is_mine, dicts_of(choices)), None)

    def _is_mine(self, choice: Mapping[str, Any]) -> bool:
        index, finish, kinds = choice.get("index"), choice.get("finish_reason"), _kinds_of(choice)
        if self._index is None:
            self._index = index if isinstance(index, int) else None
        elif isinstance(index, int) and index != self._index:
            # An answer has begun once there is something in it; of several the first counts.
            has_begun = self.kinds or self._finished or (self._several and index > self._index)
            if has_begun and not self._goes_on(kinds, finish, is_next=index > self._index):
                return False
            self._index = index
        self.kinds |= kinds
        self._finished = self._finished or bool(finish)
        return True

    def _goes_on(self, kinds: set[str], finish: Any, *, is_next: bool) -> bool:
        """Return whether the answer goes on at another index than before."""
        if self._several is None:
            self.spare_finish = None if kinds else string_of(finish)
            if not kinds:
                return False
            self._several = self._finished or not is_next or bool(kinds & self.kinds)
        return is_next and not self._several


def _kinds_of(choice: Mapping[str, Any]) -> set[str]:
    message = dict_of(choice.get("delta") or choice.get("message"))
    return {_KINDS[name] for name, value in message.items() if value and name in _KINDS}


_KINDS = {
    "content": "text",
    "reasoning_content": "reasoning",
    "reasoning": "reasoning",
    "reasoning_details": "reasoning",
    "tool_calls": "call",
    "function_call": "call in the older form",
    "refusal": "refusal",
    "images": "media",
    "audio": "media",
}


class Reader(EventReader):
    """Reads one answer; of a stream with several choices the first."""

    DONE_IS_AN_END = True

    def __init__(self, answer: Answer, *, model: str = "", several: bool = False) -> None:
        super().__init__(answer, model=model, several=several)
        self._choices = ChoicePicker(several=several)
        self._audio: Audio | None = None
        self._tags: ThinkTags | None = None
        self._has_text = False

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
        has_begun = bool(self._choices.kinds)
        choice = self._choices.pick(body.get("choices"))
        if choice is None:
            return ()
        delta = self._delta_of(choice, has_begun=has_begun)
        self.seen = self.seen or delta is not None
        return self._read_choice(choice, delta)

    def read_whole(self, body: Any, data: bytes) -> Iterable[Delta]:
        """Read a whole body; of its choices the first."""
        choices = body.get("choices") if isinstance(body, dict) else None
        if not isinstance(choices, list) or not choices:
            raise self.answer.malformed("The answer holds no choices.", data)
        self.answer.metadata.note(body)
        self.seen = self.stopped = True
        self.further = [{"choices": [choice]} for choice in choices[1:MAX_CHOICES]]
        choice = dict_of(choices[0])
        delta = self._read_message(choice)
        if delta is None and not choice.get("error"):
            raise self.answer.malformed("A choice holds no message.", data)
        return self._read_choice(choice, delta)

    def close(self) -> Iterable[Delta]:
        """Return the text that was held back because it might have been a part of a tag."""
        metadata = self.answer.metadata
        metadata.finish = metadata.finish or self._choices.spare_finish
        rest = [] if self._tags is None else [self._tags.close()]
        return rest if self._audio is None else [*rest, Delta(blocks=self._audio.close())]

    def _delta_of(self, choice: Mapping[str, Any], *, has_begun: bool) -> Delta | None:
        sent = choice.get("delta")
        if isinstance(sent, dict):
            return self._read_delta(sent)
        if has_begun and isinstance(choice.get("message"), dict):
            return Delta()  # a whole message at the end repeats the deltas
        return self._read_message(choice)

    def _read_message(self, choice: Mapping[str, Any]) -> Delta | None:
        """Read the whole message of a choice, if it has one; each call is one of its own."""
        message = message_of(choice)
        if message is None:
            return None
        delta = self._read_delta(message)
        delta.calls = delta.calls and calls_of_message(delta.calls)
        return delta

    def _read_delta(self, message: Mapping[str, Any]) -> Delta:
        delta = Delta()
        _read_content(message.get("content"), delta)
        if delta.details or not _PLAIN.issuperset(message):
            self._read_beside_content(message, delta)
        return delta

    def _read_beside_content(self, message: Mapping[str, Any], delta: Delta) -> None:
        """Read what stands beside the content of a message or a delta.

        A call in the older form, `function_call`, may repeat one of `tool_calls`.
        """
        for name, value in message.items():
            if value and name in _FIELDS:
                place, read = _FIELDS[name]
                setattr(delta, place, read(value))
            elif value and name in ADDITIONAL_KWARGS:
                delta.additional_kwargs = {**(delta.additional_kwargs or {}), name: value}
        if message.get("refusal"):
            delta.refusal += text_of(message["refusal"])
        if message.get("images"):
            delta.blocks = [*delta.blocks, *_images(message["images"])]
        if audio := dict_of(message.get("audio")):
            self._audio = self._audio or Audio()
            delta.blocks = [*delta.blocks, *self._audio.read(audio)]
        if message.get("function_call") and not delta.calls and "call" not in self._choices.kinds:
            delta.calls = [{"function": message["function_call"]}]
        _read_reasoning(message, delta)

    def _read_choice(self, choice: Mapping[str, Any], delta: Delta | None) -> Iterable[Delta]:
        if choice.get("error"):
            raise self.answer.error(choice)
        self.answer.metadata.note_choice(choice)
        if delta is None:
            return ()
        if delta.text and not self._has_text:
            self._has_text = True
            self._tags = think_tags_of(self.model, self.answer.metadata.model)
        return (delta,) if self._tags is None else self._tags.read(delta)


def _read_reasoning(message: Mapping[str, Any], delta: Delta) -> None:
    """Take the reasoning from the first field that has any: OpenRouter sends it in two."""
    for name in ("reasoning_content", "reasoning"):
        if not delta.reasoning and message.get(name):
            delta.source, delta.reasoning = name, text_of(message[name])
    if delta.details and not delta.reasoning:
        delta.source = "reasoning_details"
        delta.reasoning = "".join(map(text_of_detail, delta.details))


_PLAIN = frozenset({"role", "content"})
_FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "reasoning_details": ("details", dicts_of),
    "annotations": ("annotations", dicts_of),
    "tool_calls": ("calls", list_of),
}
"""Of a field: where a Delta has it, and how it is read."""


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
    part = part if isinstance(part, dict) else {"url": part}
    kind = str(part.get("type") or "image_url")
    block: Block = {"type": kind.removeprefix("output_").removesuffix("_url")}
    inner = part.get(kind)
    where = inner if isinstance(inner, dict) else {**part, "url": inner or part.get("url")}
    url, mime = where.get("url"), where.get("mime_type") or where.get("media_type")
    data = next((where[k] for k in ("b64_json", "base64", "data") if where.get(k)), None)
    if block["type"] not in _MEDIA or not isinstance(url or data, str):
        return {"type": "non_standard", "value": dict(part)}
    if url:
        split = split_data_url(url, encode=False) if is_data_url(url) else None
        if split is None:
            return {**block, "url": url}
        mime, data = split
    block["base64"] = data
    return {**block, "mime_type": mime} if mime and isinstance(mime, str) else block


_MEDIA = frozenset({"image", "video", "audio"})


def _images(value: Any) -> Iterator[Block]:
    """Yield images beside the content. One that is sent again is known by what it shows."""
    for sent in list_of(value):
        if sent and isinstance(sent, (str, dict)):
            block = media_block(sent)
            yield {**block, "key": block.get("url") or block.get("base64")}
