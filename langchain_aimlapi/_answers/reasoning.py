"""Reasoning beside the content: its text, and `reasoning_details` of OpenRouter's form.

Details are entries `{type, text | summary | data, signature, format, id, index}`; here they are
read, put together from pieces, and made standard blocks. LangChain merges entries of a list by
their integer `index`, concatenating strings, so what is not to be concatenated is sent once only.
"""

from __future__ import annotations

from io import SEEK_END, StringIO
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dicts_of, string_of, text_of
from langchain_aimlapi._answers.content import new_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from langchain_aimlapi._answers.delta import Block

REASONING_INDEX = "lc_rs"
REDACTED_INDEX = "lc_rd"

_JOINED = ("text", "summary")
_TEXTS = ("id", *_JOINED)
"""Fields that LangChain compares or joins, so they have to be texts."""
_NO_EXTRAS = frozenset({"type", "index", *_JOINED})


def text_of_detail(detail: Mapping[str, Any]) -> str:
    """Return the readable text of an entry of `reasoning_details`."""
    return string_of(detail.get("text") or detail.get("summary")) or ""


def detail_of_thinking(part: Mapping[str, Any]) -> Block:
    """Return a thinking part, of Claude's or Mistral's form, as an entry of `reasoning_details`."""
    if part.get("type") == "redacted_thinking":
        return {"type": "reasoning.encrypted", "data": text_of(part.get("data"))}
    texts = (text_of(part.get(name)) for name in ("thinking", "summary", "text"))
    detail: Block = {"type": "reasoning.text", "text": next(filter(None, texts), "")}
    if part.get("signature"):
        detail["signature"] = part["signature"]
    return detail


class Reasoning:
    """The reasoning of one answer, put together: its text, and `reasoning_details`.

    OpenRouter sends the text in two fields, at once or in turns. That of a second field is left
    out as long as it repeats the earlier text.

    Indices of details are ours, one per entry: upstreams use the same one for a text and its
    encrypted form.
    """

    def __init__(self) -> None:
        self._text = StringIO()
        self._source = ""  # the field that is followed
        self._repeated: dict[str, int] = {}  # by field: up to where it repeats the text
        self._count = 0
        self._latest: dict[tuple[str, Any], Block] = {}  # of entries: what was returned, but texts

    def add_text(self, text: str, source: str) -> str:
        """Add text that was sent in the field `source`; return it, or "" if it is a repeat."""
        if self._source not in {"", source}:
            at = self._repeated.get(source, 0)
            self._text.seek(at)
            if self._text.read(len(text)) == text:
                self._repeated[source] = at + len(text)
                return ""
            self._text.seek(0, SEEK_END)
        self._source = source
        self._text.write(text)
        return text

    def add_details(self, details: Sequence[Block]) -> list[Block]:
        """Add details; return what is new in them, one piece per entry."""
        pieces: dict[int, Block] = {}
        for detail in details:
            emitted = self._entry_of(detail)
            fields = {
                name: value
                for name, value in detail.items()
                if name != "index"
                and value != ""
                and (isinstance(value, str) or name not in _TEXTS)
            }
            if new := new_fields(emitted, fields, _JOINED):
                piece = pieces.setdefault(emitted["index"], {"index": emitted["index"]})
                for name, value in new.items():
                    piece[name] = piece.get(name, "") + value if name in _JOINED else value
        return list(pieces.values())

    def _entry_of(self, detail: Block) -> Block:
        kind, index = str(detail.get("type")), detail.get("index")
        key = (kind, index if isinstance(index, (int, str)) else None)
        entry = self._latest.get(key)
        if entry is None or not _goes_on(entry, detail):
            entry = {"index": self._count}
            self._count += 1
        self._latest[key] = self._latest[kind, None] = entry
        return entry


def _goes_on(entry: Block, detail: Block) -> bool:
    """Return whether a detail belongs to an entry. A signature ends one, another id begins one."""
    named = (name for name in ("id", "data") if detail.get(name))
    if any(entry.get(name, detail[name]) != detail[name] for name in named):
        return False
    return not ("signature" in entry and text_of_detail(detail))


def reasoning_blocks(kwargs: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the blocks of the reasoning, one per entry of `reasoning_details` if there are any.

    The text stands in `reasoning_content` as well, as a rule. Where it does not agree, that text
    counts, and the details add what only they have, the first of them to the same block.
    """
    text = string_of(kwargs.get("reasoning_content")) or ""
    details = dicts_of(kwargs.get("reasoning_details"))
    if not (text or details):
        return
    texts = [text_of_detail(detail) for detail in details]
    if "".join(texts) != text:
        with_first = bool(details) and _goes_with_text(details[0])
        texts = [text if with_first and place == 0 else "" for place in range(len(details))]
        if not with_first:
            yield {"type": "reasoning", "reasoning": text, "index": f"{REASONING_INDEX}_0"}
    for place, (detail, part) in enumerate(zip(details, texts, strict=True)):
        block = _block_of_detail(detail, part)
        index = REASONING_INDEX if block["type"] == "reasoning" else REDACTED_INDEX
        if part or block.keys() - {"type", "reasoning"}:
            yield {**block, "index": f"{index}_{detail.get('index', place)}"}


def _goes_with_text(detail: Mapping[str, Any]) -> bool:
    return detail.get("index", 0) == 0 and not _is_redacted(detail)


def _is_redacted(detail: Mapping[str, Any]) -> bool:
    return bool(detail.get("data")) and str(detail.get("format") or "anthropic")[:9] == "anthropic"


def _block_of_detail(detail: Mapping[str, Any], text: str) -> Block:
    if _is_redacted(detail):
        # Claude's encrypted reasoning has no standard block, and must go back as it is.
        value = {"type": "redacted_thinking", "data": detail["data"]}
        return {"type": "non_standard", "value": value}
    extras = {k: v for k, v in detail.items() if k not in _NO_EXTRAS and v is not None}
    block: Block = {"type": "reasoning", "reasoning": text}
    return {**block, "extras": extras} if extras else block
