"""Answers of `/v1/messages`: thoughts, text with citations, searches and calls as typed blocks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import thoughts
from .arguments import key_words
from .chat import anywhere, arguments_in_pieces
from .ids import message_id, token
from .prefix_cache import CachedTokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .answers import Answer
    from .conversation import Ask

Json = dict[str, Any]

_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def whole(made: Answer) -> Json:
    """Return the whole message."""
    return {
        "id": message_id("claude", made.ask.digest),
        "type": "message",
        "role": "assistant",
        "model": made.ask.model.id,
        "content": _blocks(made),
        "stop_reason": "stop_sequence" if made.stopped_by else _STOPS[made.finish],
        "stop_sequence": made.stopped_by,
        "usage": _usage(made),
        "meta": made.meta,
    }


def _usage(made: Answer) -> Json:
    """Return the usage as Claude writes it: what the cache holds is not part of the input."""
    cached = made.ask.cached or CachedTokens()
    details = made.usage.get("completion_tokens_details", {})
    thought = {"thinking_tokens": details.get("reasoning_tokens", 0)}
    return {
        "input_tokens": made.usage["prompt_tokens"] - cached.read - cached.written,
        "cache_creation_input_tokens": cached.written,
        "cache_read_input_tokens": cached.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cached.written_for_5_minutes,
            "ephemeral_1h_input_tokens": cached.written_for_an_hour,
        },
        "output_tokens": made.usage["completion_tokens"],
        **({"output_tokens_details": thought} if details else {}),
        "service_tier": "standard",
    }


# --- blocks ---
def _blocks(made: Answer) -> list[Json]:
    ask = made.ask
    blocks: list[Json] = []
    if made.reasoning:
        blocks.append(_thought(made.reasoning, blocks))
    for call in made.calls:
        name = call.id[:-1] + thoughts.THOUGHTFUL if made.reasoning else call.id
        use = {"type": "tool_use", "id": name, "name": call.name, "input": call.arguments}
        blocks.append(use)
    if made.links:
        blocks += _search(ask, made.links)
        if made.reasoning:  # it thinks again about what was found
            blocks.append(_thought("I have found what I need.", blocks))
    return blocks + (_texts(made) if made.text else [])


def _thought(text: str, before: list[Json]) -> Json:
    return {"type": "thinking", "thinking": text, "signature": thoughts.sign(text, before)}


def _search(ask: Ask, links: list[tuple[str, str]]) -> list[Json]:
    """Return the blocks of a search."""
    name = f"srvtoolu_01{token(ask.digest, 'search', 22)}"
    query = {"query": " ".join(sorted(key_words(ask.prompt))[:4])}
    found = [
        {
            "type": "web_search_result",
            "title": title,
            "url": url,
            "encrypted_content": token(ask.digest, url, 40),
            "page_age": "February 2, 2026",
        }
        for title, url in links
    ]
    return [
        {"type": "server_tool_use", "id": name, "name": "web_search", "input": query},
        {"type": "web_search_tool_result", "tool_use_id": name, "content": found},
    ]


def _texts(made: Answer) -> list[Json]:
    """Return the text: in one block, or in several of which some are cited."""
    text = made.text
    if made.links:
        title, url = made.links[0]
        found = {"cited_text": f"All about it: {title}", "url": url, "title": title}
        index = {"encrypted_index": token(made.ask.digest, "index", 24)}
        citation = {"type": "web_search_result_location", **found, **index}
        return [_text(f"{text} "), _text(f"{title} has more.", citations=[citation])]
    cited = list(_citations(made.ask.body))
    if not cited:
        return [_text(text)]
    quoted = [_text(f'"{c["cited_text"].strip()}" ', citations=[c]) for c in cited]
    return [_text(f"{text} It says: "), *quoted]


def _text(text: str, **more: Any) -> Json:
    return {"type": "text", "text": text, **more}


def _citations(body: Json) -> Iterator[Json]:
    """Yield one citation for each text of the last turn that may be cited."""
    content = body["messages"][-1]["content"]
    blocks = content if isinstance(content, list) else []
    documents = [block for block in blocks if block["type"] == "document"]
    for index, document in enumerate(documents):
        if document["source"]["type"] == "text" and document.get("citations", {}).get("enabled"):
            first = document["source"]["data"].split(". ")[0]
            place = {"document_index": index, "document_title": document.get("title")}
            where = {"start_char_index": 0, "end_char_index": len(first)}
            yield {"type": "char_location", "cited_text": first, **place, **where}


# --- streams ---
def events(made: Answer) -> Iterator[bytes]:
    """Yield the events of an answer, as bytes."""
    message = whole(made)
    meta, usage = message.pop("meta"), message["usage"]
    # What is counted here is provisional, and nothing is known yet of how it ends.
    counts = {**usage, "output_tokens": 1}
    counts.pop("output_tokens_details", None)
    unfinished = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": counts}
    yield _event("message_start", message={**message, **unfinished})
    for index, block in enumerate(message["content"]):
        start, pieces = pieces_of(block)
        yield _event("content_block_start", index=index, content_block=start)
        if not index:
            yield _event("ping")
        for piece in pieces:
            yield _event("content_block_delta", index=index, delta=piece)
        yield _event("content_block_stop", index=index)
    delta = {name: message[name] for name in ("stop_reason", "stop_sequence")}
    final = {name: n for name, n in usage.items() if name.endswith(("tokens", "details"))}
    yield _event("message_delta", delta=delta, usage=final)
    yield _event("message_stop", meta=meta)


def _event(kind: str, **fields: Any) -> bytes:
    text = json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
    padding = " " * (len(text) % 7)  # lines are padded, by lengths that mean nothing
    return f"event: {kind}\ndata: {text[:-1]}{padding}}}\n\n".encode()


def pieces_of(
    block: Json, split: Callable[[str], Iterable[str]] = anywhere
) -> tuple[Json, list[Json]]:
    """Return a block as it starts, and its deltas; what a search found comes whole.

    Args:
        block: As it is in the end.
        split: How its texts are cut.
    """
    kind = block["type"]
    if kind == "text":
        cited = block.get("citations") or []
        deltas = [{"type": "citations_delta", "citation": citation} for citation in cited]
        deltas += [{"type": "text_delta", "text": piece} for piece in split(block["text"])]
        return {**block, "text": ""} | ({"citations": []} if cited else {}), deltas
    if kind == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": p} for p in split(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return {**block, "thinking": "", "signature": ""}, deltas
    if kind in {"tool_use", "server_tool_use"}:
        written = json.dumps(block["input"], ensure_ascii=False) if block["input"] else ""
        pieces = ["", *arguments_in_pieces(written)]
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        return {**block, "input": {}}, deltas
    if kind == "compaction":
        return {**block, "content": ""}, [{"type": "compaction_delta", "content": block["content"]}]
    return block, []
