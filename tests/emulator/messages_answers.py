"""Answers of `/v1/messages`: thoughts, text with citations, searches and calls as typed blocks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from . import answers, messages_thoughts, usage
from .arguments import key_words
from .ids import message_id, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .answers import Answer
    from .conversation import Ask
    from .models import Model

Json = dict[str, Any]

_SEARCHES = re.compile(r"\b(?:search|look up|find out|news|latest|today)\b", re.IGNORECASE)
_REDACTS = re.compile(r"\bredacted\b", re.IGNORECASE)
_REFUSES = re.compile(r"\bhow to build a bomb\b", re.IGNORECASE)
_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}
_CACHED_FROM = 1024
"""Tokens below which nothing is cached."""
_PRICES = {"read": 0.1, "5m": 1.25, "1h": 2.0}
"""What cached tokens cost, in parts of the price of input."""


@dataclass
class Reply:
    """One answer, ready to be sent whole or in pieces."""

    id: str
    model: Model
    blocks: list[Json]
    stop_reason: str
    stop_sequence: str | None
    stop_details: Json | None
    usage: Json
    meta: Json

    def message(self) -> Json:
        """Return the whole message."""
        return {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model.id,
            "content": self.blocks,
            "stop_reason": self.stop_reason,
            "stop_sequence": self.stop_sequence,
            **({"stop_details": self.stop_details} if self.stop_details else {}),
            "usage": self.usage,
            "meta": self.meta,
        }


def reply_to(ask: Ask, body: Json) -> Reply:
    """Return the answer to a request."""
    made = answers.answer(ask)
    refused = bool(_REFUSES.search(ask.prompt))
    blocks = [] if refused else _blocks(ask, made, body)
    stop = "refusal" if refused else "stop_sequence" if made.stopped_by else _STOPS[made.finish]
    details = {"type": "refusal", "category": "weapons", "explanation": "That would do harm."}
    counts = _usage(ask, made, body)
    return Reply(
        id=message_id("claude", ask.digest),
        model=ask.model,
        blocks=blocks,
        stop_reason=stop,
        stop_sequence=made.stopped_by,
        stop_details=details if refused else None,
        usage=counts,
        meta={"usage": _cost(ask, counts)},
    )


def _blocks(ask: Ask, made: Answer, body: Json) -> list[Json]:
    blocks: list[Json] = []
    if made.reasoning:
        blocks.append(_thought(ask, made.reasoning, blocks, body))
    if made.calls:
        thinks = bool(blocks)
        for call in made.calls:
            name = _call_id(call.id, thoughtful=thinks)
            blocks.append(
                {"type": "tool_use", "id": name, "name": call.name, "input": call.arguments}
            )
        return blocks
    links = _search(ask, blocks, body)
    if links and made.reasoning:
        # It thinks again about what was found: thoughts stand between other blocks.
        blocks.append(_thought(ask, "I have found what I need.", blocks, body))
    return blocks + _text_blocks(ask, made, links, body)


def _call_id(name: str, *, thoughtful: bool) -> str:
    return name[:-1] + messages_thoughts.THOUGHTFUL if thoughtful else name


def _thought(ask: Ask, text: str, before: list[Json], body: Json) -> Json:
    if _REDACTS.search(ask.prompt):
        return {"type": "redacted_thinking", "data": messages_thoughts.encrypt(text, before)}
    if (body.get("thinking") or {}).get("display") == "omitted":
        signed = messages_thoughts.sign(messages_thoughts.HIDDEN, before)
        return {"type": "thinking", "thinking": "", "signature": signed}
    signed = messages_thoughts.sign(text, before)
    return {"type": "thinking", "thinking": text, "signature": signed}


# --- search and citations ---


def _search(ask: Ask, blocks: list[Json], body: Json) -> list[Json]:
    """Search if a tool for it is there and the prompt asks for it; return what was found."""
    kinds = [tool.get("type", "") for tool in body.get("tools") or ()]
    wanted = _SEARCHES.search(ask.prompt) and any(k.startswith("web_search_") for k in kinds)
    if not wanted:
        return []
    name = f"srvtoolu_01{token(ask.digest, 'search', 22)}"
    query = " ".join(sorted(key_words(ask.prompt))[:4])
    found = [
        {
            "type": "web_search_result",
            "title": title,
            "url": url,
            "encrypted_content": token(ask.digest, url, 40),
            "page_age": "February 2, 2026",
        }
        for title, url in answers.links_of(ask)
    ]
    blocks += [
        {"type": "server_tool_use", "id": name, "name": "web_search", "input": {"query": query}},
        {"type": "web_search_tool_result", "tool_use_id": name, "content": found},
    ]
    return found


def _text_blocks(ask: Ask, made: Answer, links: list[Json], body: Json) -> list[Json]:
    """Return the text: in one block, or in several of which some are cited."""
    if not made.text:
        return []
    text = {"type": "text", "text": made.text}
    if links:
        cited = {
            "type": "text",
            "text": f"{links[0]['title']} has more.",
            "citations": [
                {
                    "type": "web_search_result_location",
                    "cited_text": f"All about it: {links[0]['title']}",
                    "url": links[0]["url"],
                    "title": links[0]["title"],
                    "encrypted_index": token(ask.digest, "index", 24),
                }
            ],
        }
        return [{**text, "text": f"{made.text} "}, cited]
    citations = list(_citations(body))
    if not citations:
        return [text]
    return [
        {"type": "text", "text": f"{made.text} It says: "},
        *(
            {"type": "text", "text": f'"{c["cited_text"].strip()}" ', "citations": [c]}
            for c in citations
        ),
    ]


def _citations(body: Json) -> Iterator[Json]:
    """Yield one citation for each document of the last turn that may be cited."""
    content = body["messages"][-1]["content"]
    blocks = content if isinstance(content, list) else []
    documents = [b for b in blocks if b["type"] in {"document", "search_result"}]
    for index, document in enumerate(documents):
        if not (document.get("citations") or {}).get("enabled"):
            continue
        place = {"document_index": index, "document_title": document.get("title")}
        source = document["source"]
        if document["type"] == "search_result":
            passages = document["content"]
            passage = passages[0] if isinstance(passages, list) else passages
            yield {
                "type": "search_result_location",
                "cited_text": passage["text"],
                "source": source,
                "title": document["title"],
                "search_result_index": index,
                "start_block_index": 0,
                "end_block_index": 1,
            }
        elif source["type"] == "text":
            first = source["data"].split(". ")[0]
            where = {"start_char_index": 0, "end_char_index": len(first)}
            yield {"type": "char_location", "cited_text": first, **place, **where}
        elif source["type"] == "content":
            parts = source["content"]
            first = parts if isinstance(parts, str) else parts[0]["text"]
            where = {"start_block_index": 0, "end_block_index": 1}
            yield {"type": "content_block_location", "cited_text": first, **place, **where}
        else:
            where = {"start_page_number": 1, "end_page_number": 2}
            yield {"type": "page_location", "cited_text": "%PDF", **place, **where}


# --- tokens ---


def _usage(ask: Ask, made: Answer, body: Json) -> Json:
    counted = usage.count(ask, [made])
    prompt, later = counted["prompt_tokens"], any(t.role == "assistant" for t in ask.turns)
    marked = _marked(ask, body)
    cached = sum(marked.values()) if sum(marked.values()) >= _CACHED_FROM else 0
    # The first turn of a conversation writes the cache, later ones read it.
    read, written = (cached, 0) if later else (0, cached)
    hour = marked.get("1h", 0) if written else 0
    return {
        "input_tokens": max(prompt - cached, usage.tokens_of(ask.prompt)),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written - min(hour, written),
            "ephemeral_1h_input_tokens": min(hour, written),
        },
        "output_tokens": counted["completion_tokens"],
        **(
            {"output_tokens_details": {"thinking_tokens": usage.tokens_of(made.reasoning)}}
            if ask.thinks
            else {}
        ),
        "service_tier": "standard",
    }


def _marked(ask: Ask, body: Json) -> dict[str, int]:
    """Return the tokens before each mark that says what is cached, by how long it is."""
    found: dict[str, int] = {}
    before = 0
    system = body.get("system") or []
    pieces = [*(body.get("tools") or ()), *(system if isinstance(system, list) else [system])]
    for message in body["messages"]:
        content = message["content"]
        pieces += content if isinstance(content, list) else [content]
    for piece in pieces:
        before += usage.tokens_of(piece if isinstance(piece, str) else json.dumps(piece))
        mark = piece.get("cache_control") if isinstance(piece, dict) else None
        if mark:
            age = mark.get("ttl", "5m")
            found[age] = found.get(age, 0) + before - sum(found.values())
    return found


def _cost(ask: Ask, counts: Json) -> Json:
    into, out = ask.model.prices
    written = counts["cache_creation"]
    tokens = (
        counts["input_tokens"]
        + counts["cache_read_input_tokens"] * _PRICES["read"]
        + written["ephemeral_5m_input_tokens"] * _PRICES["5m"]
        + written["ephemeral_1h_input_tokens"] * _PRICES["1h"]
    )
    spent = max(round((tokens * into + counts["output_tokens"] * out) * 2), 1)
    return {"credits_used": spent, "usd_spent": spent / usage.CREDITS_PER_USD}


_TEXT_SIZES = (15, 14, 9, 17, 5, 2, 12, 25)
"""Characters of a piece of text, in turn: it splits anywhere, also within words."""
_INPUT_SIZES = (1, 9, 4, 13)


def events(reply: Reply) -> Iterator[bytes]:
    """Yield the events of an answer, as bytes."""
    whole = reply.message()
    # What is counted here is provisional, and nothing is known yet of how it ends.
    counts = {**reply.usage, "output_tokens": 1}
    counts.pop("output_tokens_details", None)
    unfinished = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": counts}
    started = {**whole, **unfinished}
    for name in ("meta", "stop_details"):
        started.pop(name, None)
    yield _event("message_start", message=started)
    for index, block in enumerate(reply.blocks):
        start, pieces = _pieces(block)
        yield _event("content_block_start", index=index, content_block=start)
        if not index:
            yield _event("ping")
        for piece in pieces:
            yield _event("content_block_delta", index=index, delta=piece)
        yield _event("content_block_stop", index=index)
    delta = {name: whole.get(name) for name in ("stop_reason", "stop_sequence")}
    if reply.stop_details:
        delta["stop_details"] = reply.stop_details
    final = {name: n for name, n in reply.usage.items() if name.endswith(("tokens", "details"))}
    yield _event("message_delta", delta=delta, usage=final)
    yield _event("message_stop", meta=reply.meta)


def _event(kind: str, **fields: Any) -> bytes:
    text = json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
    padding = " " * (len(text) % 7)  # lines are padded, by lengths that mean nothing
    return f"event: {kind}\ndata: {text[:-1]}{padding}}}\n\n".encode()


def _by_size(text: str, sizes: tuple[int, ...]) -> Iterator[str]:
    start = 0
    for size in cycle(sizes):
        if start >= len(text):
            return
        yield text[start : start + size]
        start += size


def _pieces(block: Json) -> tuple[Json, Iterator[Json]]:
    """Return a block as it starts, and its deltas."""
    split = _SPLITTERS.get(block["type"])
    return split(block) if split else (block, iter(()))  # results come whole


def _split_text(block: Json) -> tuple[Json, Iterator[Json]]:
    citations = block.get("citations") or ()
    start = {**block, "text": ""} | ({"citations": []} if citations else {})

    def pieces() -> Iterator[Json]:
        for citation in citations:
            yield {"type": "citations_delta", "citation": citation}
        for piece in _by_size(block["text"], _TEXT_SIZES):
            yield {"type": "text_delta", "text": piece}

    return start, pieces()


def _split_thinking(block: Json) -> tuple[Json, Iterator[Json]]:
    def pieces() -> Iterator[Json]:
        for piece in _by_size(block["thinking"], _TEXT_SIZES):
            yield {"type": "thinking_delta", "thinking": piece}
        yield {"type": "signature_delta", "signature": block["signature"]}

    return {**block, "thinking": "", "signature": ""}, pieces()


def _tool_use(block: Json) -> tuple[Json, Iterator[Json]]:
    def pieces() -> Iterator[Json]:
        yield {"type": "input_json_delta", "partial_json": ""}
        written = json.dumps(block["input"], ensure_ascii=False)
        for piece in _by_size(written if block["input"] else "", _INPUT_SIZES):
            yield {"type": "input_json_delta", "partial_json": piece}

    return {**block, "input": {}}, pieces()


_SPLITTERS: dict[str, Callable[[Json], tuple[Json, Iterator[Json]]]] = {
    "text": _split_text,
    "thinking": _split_thinking,
    "tool_use": _tool_use,
    "server_tool_use": _tool_use,
}
