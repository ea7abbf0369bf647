"""Answers as server-sent events, in the habits of each vendor."""

from __future__ import annotations

import json
import re
from itertools import cycle
from typing import TYPE_CHECKING, Any

from .bodies import Reply, citations, logprobs, search_fields, sound, thinking_detail, tool_calls
from .ids import CREATED
from .usage import tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .answers import Answer

Json = dict[str, Any]

DONE = b"data: [DONE]\n\n"
_PING = b": OPENROUTER PROCESSING\n\n"

_PIECE_SIZES = (15, 14, 9, 17, 5, 2, 12, 25)
"""Characters per chunk of Claude, in turn: it splits anywhere, also within words."""
_ARGUMENT_SIZES = (1, 9, 4, 13)


def events(reply: Reply) -> Iterator[bytes]:
    """Yield the events of a reply, as bytes."""
    yield from _STREAMS[reply.style](reply)


def _event(chunk: Json) -> bytes:
    return (
        b"data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
    )


def _by_size(text: str, sizes: tuple[int, ...]) -> Iterator[str]:
    start = 0
    for size in cycle(sizes):
        if start >= len(text):
            return
        yield text[start : start + size]
        start += size


def _by_word(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+", text)


# --- Claude, as on the published page ---


def _claude(reply: Reply) -> Iterator[bytes]:
    made = reply.answers[0]
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
    for piece in _by_size(made.reasoning, _PIECE_SIZES):
        yield chunk(delta(reasoning_content=piece))
    if made.reasoning:
        signed = thinking_detail(made.reasoning) | {"text": ""}
        yield chunk(delta(reasoning_details=[signed]))
    for piece in _by_size(made.text, _PIECE_SIZES):
        yield chunk(delta(content=piece))
    for calls in _call_deltas(reply, made):
        yield chunk(delta(tool_calls=calls))
    yield chunk(delta())
    yield chunk(delta() | {"finish_reason": finish}, usage=reply.usage)
    # The last chunk has no delta; what the stream has cost comes in it.
    yield chunk({"finish_reason": finish}, meta=reply.meta)


def _call_deltas(reply: Reply, made: Answer) -> Iterator[list[Json]]:
    """Yield tool calls as most vendors do: first id and name, then pieces of the arguments."""
    for index, call in enumerate(tool_calls(reply, made)):
        written = call["function"]["arguments"]
        yield [{"index": index, **call, "function": {**call["function"], "arguments": ""}}]
        for piece in _by_size(written, _ARGUMENT_SIZES):
            yield [{"index": index, "function": {"arguments": piece}}]


# --- OpenAI: usage in its own last chunk, when asked for; no [DONE] ---


def _chunk_body(reply: Reply, choices: list[Json], **more: Any) -> Json:
    return {
        "id": reply.id,
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": reply.ask.model.served,
        "choices": choices,
        **more,
    }


def _openai_choice(index: int, delta: Json, finish: str | None = None) -> Json:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}


def _openai(reply: Reply) -> Iterator[bytes]:
    def chunk(choices: list[Json], **more: Any) -> bytes:
        tier = {"service_tier": "default", "system_fingerprint": "fp_f986a632b0"}
        return _event(_chunk_body(reply, choices, **(tier | {"usage": None} | more)))

    content: Json = {"role": "assistant", "content": "", "refusal": None}
    for index in range(len(reply.answers)):
        yield chunk([_openai_choice(index, content)])
    # The deltas of several choices alternate.
    deltas = [list(_openai_deltas(reply, made)) for made in reply.answers]
    for step in range(max(map(len, deltas))):
        for index, own in enumerate(deltas):
            if step < len(own):
                choice = _openai_choice(index, own[step])
                if reply.ask.logprobs and own[step].get("content"):
                    choice["logprobs"] = logprobs(own[step]["content"])
                yield chunk([choice])
    for index, made in enumerate(reply.answers):
        yield chunk([_openai_choice(index, {}, made.finish)])
    if reply.ask.include_usage:
        yield chunk([], usage=reply.usage, meta=reply.meta)


def _openai_deltas(reply: Reply, made: Answer) -> Iterator[Json]:
    if reply.ask.speaks and made.text:
        spoken = sound(reply, made)
        yield {"audio": {"id": spoken["id"], "transcript": ""}}
        for piece in _by_word(made.text):
            yield {"audio": {"transcript": piece}}
        # Four characters of base64 are three bytes: each piece can be decoded by itself.
        for piece in _by_size(spoken["data"], (256,)):
            yield {"audio": {"data": piece}}
        yield {"audio": {"expires_at": spoken["expires_at"]}}
        return
    for piece in _by_word(made.text):
        yield {"content": piece}
    for calls in _call_deltas(reply, made):
        yield {"tool_calls": calls}


# --- DeepSeek: reasoning with null content, then content; usage beside the finish reason ---


def _deepseek(reply: Reply) -> Iterator[bytes]:
    made = reply.answers[0]

    def chunk(delta: Json, finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        if reply.ask.logprobs and delta.get("content"):
            choice["logprobs"] = logprobs(delta["content"])
        return _event(_chunk_body(reply, [choice], usage=None, **more))

    def last(finish: str) -> bytes:
        choice = {
            "index": 0,
            "delta": {"content": "", "reasoning_content": None},
            "logprobs": None,
            "finish_reason": finish,
        }
        return _event(_chunk_body(reply, [choice], usage=reply.usage, meta=reply.meta))

    yield chunk({"role": "assistant", "content": None, "reasoning_content": ""})
    for piece in _by_word(made.reasoning):
        yield chunk({"content": None, "reasoning_content": piece})
    for piece in _by_word(made.text):
        yield chunk({"content": piece, "reasoning_content": None})
    cited = citations(reply, made)
    if cited:
        yield chunk({"content": "", "annotations": cited})
    for calls in _call_deltas(reply, made):
        yield chunk({"tool_calls": calls})
    yield last(made.finish)
    yield DONE


# --- Gemini: whole calls in one delta, with a signature, and `stop` even then ---


def _gemini(reply: Reply) -> Iterator[bytes]:
    made = reply.answers[0]
    yield _event(_chunk_body(reply, [{"index": 0, "delta": {"role": "assistant", "content": ""}}]))
    if reply.ask.speaks:
        for delta in _openai_deltas(reply, made):
            yield _event(_chunk_body(reply, [{"index": 0, "delta": delta}]))
    else:
        for piece in _by_size(made.text, (40, 80)):
            yield _event(_chunk_body(reply, [{"index": 0, "delta": {"content": piece}}]))
    calls = tool_calls(reply, made)
    if calls:
        numbered = [{"index": index, **call} for index, call in enumerate(calls)]
        yield _event(_chunk_body(reply, [{"index": 0, "delta": {"tool_calls": numbered}}]))
    finish = "length" if made.finish == "length" else "stop"
    native = "MAX_TOKENS" if made.finish == "length" else "STOP"
    ended = {
        "index": 0,
        "delta": {"content": "", "role": "assistant"},
        "finish_reason": finish,
        "native_finish_reason": native,
    }
    yield _event(_chunk_body(reply, [ended]))
    yield _event(_chunk_body(reply, [], usage=reply.usage, meta=reply.meta))
    yield DONE


# --- OpenRouter's models: comments, the same reasoning in two fields, native finish reasons ---


def _openrouter(reply: Reply) -> Iterator[bytes]:
    made = reply.answers[0]

    def chunk(delta: Json, finish: str | None = None, **more: Any) -> bytes:
        choice = {
            "index": 0,
            "delta": {"role": "assistant", "content": "", **delta},
            "finish_reason": finish,
            "native_finish_reason": finish,
            "logprobs": None,
        }
        return _event(_chunk_body(reply, [choice], provider="Parasail", **more))

    yield _PING
    for piece in _by_word(made.reasoning):
        detail = {"type": "reasoning.text", "text": piece, "format": "unknown", "index": 0}
        yield chunk({"reasoning": piece, "reasoning_details": [detail]})
    yield _PING
    for piece in _by_word(made.text):
        yield chunk({"content": piece})
    for calls in _call_deltas(reply, made):
        yield chunk({"tool_calls": calls})
    yield chunk({}, made.finish)
    yield chunk({}, usage=reply.usage, meta=reply.meta)
    yield DONE


# --- Perplexity: usage so far and citations in every chunk, `message` beside `delta` ---


def _perplexity(reply: Reply) -> Iterator[bytes]:
    made = reply.answers[0]
    found = search_fields(reply)
    so_far = ""

    def chunk(piece: str, finish: str | None = None, **more: Any) -> bytes:
        spent = tokens_of(so_far) if finish is None else reply.usage["completion_tokens"]
        usage = reply.usage | {
            "completion_tokens": spent,
            "total_tokens": reply.usage["prompt_tokens"] + spent,
        }
        choice = {
            "index": 0,
            "delta": {"role": "assistant", "content": piece},
            "message": {"role": "assistant", "content": so_far},
            "finish_reason": finish,
        }
        return _event(_chunk_body(reply, [choice], usage=usage, **found) | more)

    for piece in _by_word(made.text):
        so_far += piece
        yield chunk(piece)
    yield chunk("", made.finish, object="chat.completion.done", meta=reply.meta)
    yield DONE


_STREAMS = {
    "claude": _claude,
    "openai": _openai,
    "deepseek": _deepseek,
    "gemini": _gemini,
    "openrouter": _openrouter,
    "perplexity": _perplexity,
}
