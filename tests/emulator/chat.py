"""Answers of `/v1/chat/completions`, whole and in pieces, in the habits of each vendor."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import TYPE_CHECKING, Any

from . import thoughts
from .ids import CREATED, message_id, signature, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .answers import Answer

Json = dict[str, Any]


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


def anywhere(text: str) -> Iterator[str]:
    """Yield a text in pieces as Claude does: split anywhere, also within words."""
    return by_size(text, (15, 14, 9, 17, 5, 2, 12, 25))


def arguments_in_pieces(text: str) -> Iterator[str]:
    """Yield the arguments of a call in pieces."""
    return by_size(text, (1, 9, 4, 13))


# --- vendors ---
@dataclass(frozen=True)
class Vendor:
    """How the models of one vendor word an answer."""

    message: Json = field(default_factory=dict)
    """What a whole message has besides."""
    thoughts: str = ""
    """The field for thoughts."""
    body: Json = field(default_factory=dict)
    """What a body has besides."""
    split: Callable[[str], Iterable[str]] = by_word
    delta: Json = field(default_factory=dict)
    """What each delta has besides."""
    first: Json | None = None
    """The delta that a stream begins with."""
    chunk: Json = field(default_factory=dict)
    """What each chunk has besides."""
    choice: Json = field(default_factory=lambda: {"logprobs": None, "finish_reason": None})
    """What each choice of a chunk has besides."""
    finish: Callable[[str], Json] = lambda reason: {"finish_reason": reason}
    """What the last choice says of the end."""
    counts: str = "apart"
    """Where usage and cost of a stream come: `apart` from the choices, or beside the `end`."""
    done: bool = True
    """Whether `[DONE]` comes at the end."""


def _gemini_finish(reason: str) -> Json:
    # Gemini says that it stopped, even where it calls tools.
    native = {"length": "MAX_TOKENS"}.get(reason, "STOP")
    return {
        "finish_reason": {"tool_calls": "stop"}.get(reason, reason),
        "native_finish_reason": native,
    }


def _openrouter_finish(reason: str | None) -> Json:
    return {"finish_reason": reason, "native_finish_reason": reason}


_TIER = {"service_tier": "default", "system_fingerprint": "fp_0a8aa8bfeb"}
_BEGIN = {"role": "assistant", "content": ""}
_DEEPSEEK = Vendor(
    thoughts="reasoning_content",
    delta={"content": None, "reasoning_content": None},
    first={"role": "assistant", "content": None, "reasoning_content": ""},
    chunk={"usage": None},
    counts="end",
)
VENDORS = {
    "claude": Vendor(
        thoughts="reasoning_content",
        split=anywhere,
        delta={**_BEGIN, "refusal": None},
        first={},
        chunk={"usage": None},
        choice={},
        done=False,
    ),
    "openai": Vendor(
        message={"refusal": None, "annotations": []},
        body=_TIER,
        first={**_BEGIN, "refusal": None},
        chunk={**_TIER, "usage": None},
        done=False,
    ),
    "deepseek": _DEEPSEEK,
    "perplexity": replace(_DEEPSEEK, thoughts=""),
    "gemini": Vendor(
        split=lambda text: by_size(text, (40, 80)),
        first=_BEGIN,
        choice={},
        finish=_gemini_finish,
    ),
    "openrouter": Vendor(
        message={"refusal": None},
        thoughts="reasoning",
        body={"provider": "Parasail", "system_fingerprint": None},
        delta=_BEGIN,
        chunk={"provider": "Parasail"},
        choice={"logprobs": None, "finish_reason": None, "native_finish_reason": None},
        finish=_openrouter_finish,
    ),
}


# --- whole answers ---
def whole(made: Answer) -> Json:
    """Return the JSON body of a made."""
    vendor = VENDORS[made.style]
    message: Json = {"role": "assistant", "content": made.text or None, **vendor.message}
    if vendor.thoughts:
        message |= {"content": made.text, vendor.thoughts: made.reasoning}
        if made.reasoning and made.style != "deepseek":
            message["reasoning_details"] = [_detail(made, made.reasoning)]
    if made.ask.speaks:
        message |= {"content": None, "audio": _sound(made)}
    if cited := _citations(made):
        message["annotations"] = cited
    if calls := _calls(made):
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, **vendor.finish(made.finish)}
    if made.style == "claude":  # in its own words, but for streams
        choice["finish_reason"] = "stop_sequence" if made.stopped_by else _NATIVE[made.finish]
    return {
        **_head(made, "chat.completion"),
        "choices": [choice],
        "usage": made.usage,
        "meta": made.meta,
        **vendor.body,
        **_found(made),
    }


_NATIVE = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def _head(made: Answer, kind: str) -> Json:
    name = message_id(made.style, made.ask.digest)
    return {"id": name, "object": kind, "created": CREATED, "model": made.ask.model.served}


def _detail(made: Answer, text: str) -> Json:
    """Return a thought; Claude's has the signature that it must come back with."""
    detail = {"type": "reasoning.text", "text": text, "format": "unknown", "index": 0}
    if made.style == "claude":
        signed = thoughts.sign(made.reasoning, [])
        detail |= {"format": "anthropic-claude-v1", "signature": signed}
    return detail


def _calls(made: Answer) -> list[Json]:
    """Return the calls of an answer, with Gemini's signature on the first one."""
    calls: list[Json] = []
    for call in made.calls:
        arguments = json.dumps(call.arguments, ensure_ascii=False)
        function = {"name": call.name, "arguments": arguments}
        calls.append({"id": call.id, "type": "function", "function": function})
    if calls and made.style == "gemini":
        thought = signature("thought", calls[0]["id"])
        calls[0]["extra_content"] = {"google": {"thought_signature": thought}}
    return calls


def _sound(made: Answer) -> Json:
    """Return a spoken answer: bytes that are long enough to be split, and what they say."""
    raw = made.text.encode() * 8
    return {
        "id": f"audio_{token(made.ask.digest, 'audio', 24)}",
        "data": base64.b64encode(raw).decode(),
        "transcript": made.text,
        "expires_at": CREATED + 3600,
    }


def _citations(made: Answer) -> list[Json]:
    """Return one annotation for each mark in the text; Perplexity lists its sources apart."""
    links = [] if made.style == "perplexity" else made.cited()
    return [{"type": "url_citation", "url_citation": link} for link in links]


def _found(made: Answer) -> Json:
    """Return `citations` and `search_results` of Perplexity, beside the choices."""
    links = made.links
    if not links or made.style != "perplexity":
        return {}
    dates = {"date": "2026-02-01", "last_updated": "2026-02-10"}
    results = [{"title": title, "url": url, **dates} for title, url in links]
    return {"citations": [url for _, url in links], "search_results": results}


# --- streams ---
def events(made: Answer) -> Iterator[bytes]:
    """Yield the events of a made, as bytes."""
    vendor, claude = VENDORS[made.style], made.style == "claude"
    head = {**_head(made, "chat.completion.chunk"), **vendor.chunk}
    counts = {"usage": made.usage, "meta": made.meta}

    def chunk(delta: Json, **more: Any) -> bytes:
        finish = vendor.finish(more.pop("finish")) if "finish" in more else {}
        choice = {"index": 0, "delta": {**vendor.delta, **delta}, **vendor.choice, **finish}
        return _event({**head, "choices": [choice], **more})

    if made.style == "openrouter":
        yield b": OPENROUTER PROCESSING\n\n"
    if vendor.first is not None:
        yield chunk(vendor.first)
    if claude:
        head["id"] = ""  # only the first chunk has it
    yield from map(chunk, _deltas(made, vendor))
    if vendor.counts == "end":
        yield chunk({"content": ""}, finish=made.finish, **counts)
    elif claude:
        yield chunk({}, finish=made.finish, usage=made.usage)
        # The last chunk has no delta; what the stream has cost comes in it.
        ended = {"index": 0, "finish_reason": made.finish}
        yield _event({**head, "choices": [ended], "meta": made.meta})
    else:
        yield chunk({}, finish=made.finish)
        options = made.ask.body.get("stream_options") or {}
        # Models of OpenAI count only when asked; the others always do.
        if options.get("include_usage", made.style != "openai"):
            yield _event({**head, "choices": [], **counts})
    if vendor.done:
        yield b"data: [DONE]\n\n"


def _deltas(made: Answer, vendor: Vendor) -> Iterator[Json]:
    for piece in vendor.split(made.reasoning) if vendor.thoughts else ():
        delta = {vendor.thoughts: piece}
        if made.style == "openrouter":
            delta["reasoning_details"] = [_detail(made, piece)]
        yield delta
    if made.reasoning and made.style == "claude":
        yield {"reasoning_details": [_detail(made, "")]}
    if made.ask.speaks:
        yield from _sound_deltas(made)
    else:
        yield from ({"content": piece} for piece in vendor.split(made.text))
    if cited := _citations(made):
        yield {"content": "", "annotations": cited}
    calls = _calls(made)
    if calls and made.style == "gemini":  # whole calls in one delta
        yield {"tool_calls": [{"index": n, **call} for n, call in enumerate(calls)]}
        return
    for index, call in enumerate(calls):
        begun = {"index": index, **call, "function": {**call["function"], "arguments": ""}}
        yield {"tool_calls": [begun]}
        for piece in arguments_in_pieces(call["function"]["arguments"]):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def _sound_deltas(made: Answer) -> Iterator[Json]:
    spoken = _sound(made)
    yield {"audio": {"id": spoken["id"], "transcript": ""}}
    yield from ({"audio": {"transcript": piece}} for piece in by_word(made.text))
    # Four characters of base64 are three bytes: each piece can be decoded by itself.
    yield from ({"audio": {"data": piece}} for piece in by_size(spoken["data"], (256,)))
    yield {"audio": {"expires_at": spoken["expires_at"]}}


def _event(chunk: Json) -> bytes:
    text = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode()
