"""Answers of `/v1/messages`: thoughts, text with citations, searches and calls as typed blocks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import answers, messages_thoughts, usage
from .arguments import key_words
from .ids import message_id, token
from .prefix_cache import CachedTokens
from .streams import ARGUMENTS, PIECES, by_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .answers import Answer
    from .conversation import Ask
    from .models import Model

Json = dict[str, Any]

_SEARCHES = re.compile(r"\b(?:search|look up|find out|news|latest|today)\b", re.IGNORECASE)
_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


@dataclass
class Reply:
    """One answer, ready to be sent whole or in pieces."""

    id: str
    model: Model
    blocks: list[Json]
    stop_reason: str
    stop_sequence: str | None
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
            "usage": self.usage,
            "meta": self.meta,
        }


def reply_to(ask: Ask, body: Json) -> Reply:
    """Return the answer to a request."""
    made = answers.answer(ask)
    counted = usage.count(ask, made)
    return Reply(
        id=message_id("claude", ask.digest),
        model=ask.model,
        blocks=_blocks(ask, made, body),
        stop_reason="stop_sequence" if made.stopped_by else _STOPS[made.finish],
        stop_sequence=made.stopped_by,
        usage=_usage(ask, made, counted),
        meta={"usage": usage.cost(ask, counted)},
    )


def _blocks(ask: Ask, made: Answer, body: Json) -> list[Json]:
    blocks: list[Json] = []
    if made.reasoning:
        blocks.append(_thought(made.reasoning, blocks))
    for call in made.calls:
        name = call.id[:-1] + messages_thoughts.THOUGHTFUL if made.reasoning else call.id
        use = {"type": "tool_use", "id": name, "name": call.name, "input": call.arguments}
        blocks.append(use)
    if made.calls:
        return blocks
    links = _search(ask, blocks, body)
    if links and made.reasoning:
        # It thinks again about what was found: thoughts stand between other blocks.
        blocks.append(_thought("I have found what I need.", blocks))
    return blocks + _text_blocks(ask, made, links, body)


def _thought(text: str, before: list[Json]) -> Json:
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
        title, url = links[0]["title"], links[0]["url"]
        found = {"cited_text": f"All about it: {title}", "url": url, "title": title}
        index = {"encrypted_index": token(ask.digest, "index", 24)}
        citation = {"type": "web_search_result_location", **found, **index}
        cited = {"type": "text", "text": f"{title} has more.", "citations": [citation]}
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


# --- tokens ---


def _usage(ask: Ask, made: Answer, counted: Json) -> Json:
    """Return the usage as Claude writes it: what the cache holds is not part of the input."""
    cached = ask.cached or CachedTokens()
    thoughts = {"thinking_tokens": usage.tokens_of(made.reasoning)}
    return {
        "input_tokens": counted["prompt_tokens"] - cached.read - cached.written,
        "cache_creation_input_tokens": cached.written,
        "cache_read_input_tokens": cached.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cached.written_for_5_minutes,
            "ephemeral_1h_input_tokens": cached.written_for_an_hour,
        },
        "output_tokens": counted["completion_tokens"],
        **({"output_tokens_details": thoughts} if ask.thinks else {}),
        "service_tier": "standard",
    }


def events(reply: Reply) -> Iterator[bytes]:
    """Yield the events of an answer, as bytes."""
    whole = reply.message()
    # What is counted here is provisional, and nothing is known yet of how it ends.
    counts = {**reply.usage, "output_tokens": 1}
    counts.pop("output_tokens_details", None)
    unfinished = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": counts}
    started = {**whole, **unfinished}
    started.pop("meta")
    yield _event("message_start", message=started)
    for index, block in enumerate(reply.blocks):
        start, pieces = pieces_of(block)
        yield _event("content_block_start", index=index, content_block=start)
        if not index:
            yield _event("ping")
        for piece in pieces:
            yield _event("content_block_delta", index=index, delta=piece)
        yield _event("content_block_stop", index=index)
    delta = {name: whole.get(name) for name in ("stop_reason", "stop_sequence")}
    final = {name: n for name, n in reply.usage.items() if name.endswith(("tokens", "details"))}
    yield _event("message_delta", delta=delta, usage=final)
    yield _event("message_stop", meta=reply.meta)


def _event(kind: str, **fields: Any) -> bytes:
    text = json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
    padding = " " * (len(text) % 7)  # lines are padded, by lengths that mean nothing
    return f"event: {kind}\ndata: {text[:-1]}{padding}}}\n\n".encode()


def _anywhere(text: str) -> Iterator[str]:
    return by_size(text, PIECES)


def pieces_of(
    block: Json, split: Callable[[str], Iterable[str]] = _anywhere
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
        pieces = ["", *by_size(written, ARGUMENTS)]
        return {**block, "input": {}}, [
            {"type": "input_json_delta", "partial_json": piece} for piece in pieces
        ]
    if kind == "compaction":
        return {**block, "content": ""}, [{"type": "compaction_delta", "content": block["content"]}]
    return block, []
