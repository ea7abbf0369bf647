"""Answers of `/v1/messages`: thoughts, text with citations, searches and calls as typed blocks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import answers, messages_thoughts, usage
from .clues import key_words
from .ids import message_id, token

if TYPE_CHECKING:
    from collections.abc import Iterator

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
