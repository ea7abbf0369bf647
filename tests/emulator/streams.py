"""Answers as server-sent events, in the habits of each vendor."""

from __future__ import annotations

import json
import re
from itertools import cycle
from typing import TYPE_CHECKING, Any

from .bodies import (
    GEMINI_NATIVE,
    Reply,
    citations,
    sound,
    thinking_detail,
    tool_calls,
)
from .ids import CREATED

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

DONE = b"data: [DONE]\n\n"
_PING = b": OPENROUTER PROCESSING\n\n"

PIECES = (15, 14, 9, 17, 5, 2, 12, 25)
"""Characters per chunk of Claude, in turn: it splits anywhere, also within words."""
ARGUMENTS = (1, 9, 4, 13)
"""Characters of the arguments of calls, in turn."""


def events(reply: Reply) -> Iterator[bytes]:
    """Yield the events of a reply, as bytes."""
    yield from _STREAMS[reply.style](reply)


def by_size(text: str, sizes: tuple[int, ...]) -> Iterator[str]:
    """Yield a text in pieces of these sizes, over and over."""
    start = 0
    for size in cycle(sizes):
        if start >= len(text):
            return
        yield text[start : start + size]
        start += size


def by_word(text: str) -> list[str]:
    """Return a text in pieces of a word each."""
    return re.findall(r"\s*\S+|\s+", text)


def _event(chunk: Json) -> bytes:
    text = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode()


def _chunk(reply: Reply, choices: list[Json], **more: Any) -> bytes:
    head = {
        "id": reply.id,
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": reply.ask.model.served,
        "choices": choices,
    }
    return _event(head | more)


def _call_deltas(reply: Reply) -> Iterator[Json]:
    """Yield tool calls as most vendors do: first id and name, then pieces of the arguments."""
    for index, call in enumerate(tool_calls(reply)):
        written = call["function"]["arguments"]
        begun = {"index": index, **call, "function": {**call["function"], "arguments": ""}}
        yield {"tool_calls": [begun]}
        for piece in by_size(written, ARGUMENTS):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _sound_deltas(reply: Reply) -> Iterator[Json]:
    spoken = sound(reply)
    yield {"audio": {"id": spoken["id"], "transcript": ""}}
    for piece in by_word(reply.made.text):
        yield {"audio": {"transcript": piece}}
    # Four characters of base64 are three bytes: each piece can be decoded by itself.
    for piece in by_size(spoken["data"], (256,)):
        yield {"audio": {"data": piece}}
    yield {"audio": {"expires_at": spoken["expires_at"]}}


# --- Claude, as on the published page ---
def _claude(reply: Reply) -> Iterator[bytes]:
    made = reply.made
    first = True

    def chunk(choice: Json, **more: Any) -> bytes:
        nonlocal first
        name, first = (reply.id if first else ""), False
        body = {
            "id": name,
            "choices": [{"index": 0, **choice}],
            "created": CREATED,
            "model": reply.ask.model.served,
            "object": "chat.completion.chunk",
            "usage": None,
        }
        return _event(body | more)

    def delta(**fields: Any) -> Json:
        return {"delta": {"content": "", "role": "assistant", "refusal": None, **fields}}

    finish = made.finish  # the published stream speaks OpenAI's words, its JSON Claude's own
    yield chunk(delta())
    yield chunk(delta())
    for piece in by_size(made.reasoning, PIECES):
        yield chunk(delta(reasoning_content=piece))
    if made.reasoning:
        signed = thinking_detail(made.reasoning) | {"text": ""}
        yield chunk(delta(reasoning_details=[signed]))
    for piece in by_size(made.text, PIECES):
        yield chunk(delta(content=piece))
    for calls in _call_deltas(reply):
        yield chunk(delta(**calls))
    yield chunk(delta())
    yield chunk(delta() | {"finish_reason": finish}, usage=reply.usage)
    # The last chunk has no delta; what the stream has cost comes in it.
    yield chunk({"finish_reason": finish}, meta=reply.meta)


# --- OpenAI: usage in its own last chunk, when asked for; no [DONE] ---
def _openai(reply: Reply) -> Iterator[bytes]:
    tier = {"service_tier": "default", "system_fingerprint": "fp_f986a632b0"}

    def chunk(delta: Json, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _chunk(reply, [choice], **tier, usage=None)

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    if reply.ask.speaks:
        yield from map(chunk, _sound_deltas(reply))
    else:
        yield from (chunk({"content": piece}) for piece in by_word(reply.made.text))
    yield from map(chunk, _call_deltas(reply))
    yield chunk({}, reply.made.finish)
    if reply.ask.include_usage:
        yield _chunk(reply, [], **tier, usage=reply.usage, meta=reply.meta)


# --- DeepSeek: reasoning with null content, then content; usage beside the finish reason ---
def _deepseek(reply: Reply) -> Iterator[bytes]:
    def chunk(delta: Json, finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _chunk(reply, [choice], **{"usage": None, **more})

    yield chunk({"role": "assistant", "content": None, "reasoning_content": ""})
    for piece in by_word(reply.made.reasoning):
        yield chunk({"content": None, "reasoning_content": piece})
    for piece in by_word(reply.made.text):
        yield chunk({"content": piece, "reasoning_content": None})
    cited = citations(reply)
    if cited:
        yield chunk({"content": "", "annotations": cited})
    yield from map(chunk, _call_deltas(reply))
    empty = {"content": "", "reasoning_content": None}
    yield chunk(empty, reply.made.finish, usage=reply.usage, meta=reply.meta)
    yield DONE


# --- Gemini: whole calls in one delta, with a signature, and `stop` even then ---
def _gemini(reply: Reply) -> Iterator[bytes]:
    def chunk(delta: Json, **finish: str) -> bytes:
        return _chunk(reply, [{"index": 0, "delta": delta, **finish}])

    begun = {"role": "assistant", "content": ""}
    yield chunk(begun)
    yield from (chunk({"content": piece}) for piece in by_size(reply.made.text, (40, 80)))
    calls = tool_calls(reply)
    if calls:
        yield chunk({"tool_calls": [{"index": n, **call} for n, call in enumerate(calls)]})
    native = GEMINI_NATIVE[reply.made.finish]
    ended = {"content": "", "role": "assistant"}
    yield chunk(ended, finish_reason=reply.finish, native_finish_reason=native)
    yield _chunk(reply, [], usage=reply.usage, meta=reply.meta)
    yield DONE


# --- OpenRouter's models: comments, the same reasoning in two fields, native finish reasons ---
def _openrouter(reply: Reply) -> Iterator[bytes]:
    def chunk(delta: Json, finish: str | None = None, **more: Any) -> bytes:
        choice = {
            "index": 0,
            "delta": {"role": "assistant", "content": "", **delta},
            "finish_reason": finish,
            "native_finish_reason": finish,
            "logprobs": None,
        }
        return _chunk(reply, [choice], provider="Parasail", **more)

    yield _PING
    for piece in by_word(reply.made.reasoning):
        detail = {"type": "reasoning.text", "text": piece, "format": "unknown", "index": 0}
        yield chunk({"reasoning": piece, "reasoning_details": [detail]})
    yield _PING
    yield from (chunk({"content": piece}) for piece in by_word(reply.made.text))
    yield from map(chunk, _call_deltas(reply))
    yield chunk({}, reply.made.finish)
    yield chunk({}, usage=reply.usage, meta=reply.meta)
    yield DONE


_STREAMS = {
    "claude": _claude,
    "openai": _openai,
    "deepseek": _deepseek,
    "gemini": _gemini,
    "openrouter": _openrouter,
    "perplexity": _deepseek,  # no test and no example streams it
}
