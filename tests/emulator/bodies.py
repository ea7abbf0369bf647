"""Answers as one JSON body, in the habits of each vendor."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .answers import Answer, answer
from .ids import CREATED, message_id, signature, token
from .usage import cost, count

if TYPE_CHECKING:
    from .conversation import Ask

Json = dict[str, Any]

NATIVE = {
    "claude": {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"},
    # Gemini says that it stopped, even where it calls tools.
    "gemini": {"stop": "stop", "length": "length", "tool_calls": "stop"},
}


GEMINI_NATIVE = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}


@dataclass
class Reply:
    """One request and its answer, ready to take a vendor's form."""

    ask: Ask
    made: Answer
    usage: Json
    meta: Json
    id: str

    @property
    def style(self) -> str:
        return self.ask.model.style

    @property
    def finish(self) -> str:
        """The finish reason in the vendor's words, for a JSON body."""
        if self.style == "claude" and self.made.stopped_by is not None:
            return "stop_sequence"
        return NATIVE.get(self.style, {}).get(self.made.finish, self.made.finish)


def reply_to(ask: Ask) -> Reply:
    """Return the reply to a request."""
    made = answer(ask)
    usage = count(ask, made)
    name = message_id(ask.model.style, ask.digest)
    chosen = ask.model.routes_to
    router = {"model": chosen, "provider": chosen.partition("/")[0]} if chosen else {}
    return Reply(ask, made, usage, {"usage": cost(ask, usage), **router}, name)


def completion(reply: Reply) -> Json:
    """Return the JSON body of a reply."""
    body: Json = {
        "id": reply.id,
        "object": "chat.completion",
        "created": CREATED,
        "model": reply.ask.model.served,
        "choices": [_choice(reply)],
        "usage": reply.usage,
        "meta": reply.meta,
    }
    body |= search_fields(reply)
    if reply.style == "openai":
        body |= {"service_tier": "default", "system_fingerprint": "fp_0a8aa8bfeb"}
    if reply.style == "openrouter":
        body |= {"provider": "Parasail", "system_fingerprint": None}
    return body


def _choice(reply: Reply) -> Json:
    made, style = reply.made, reply.style
    choice: Json = {"index": 0, "message": _message(reply), "finish_reason": reply.finish}
    choice["logprobs"] = None
    if style == "gemini":
        choice["native_finish_reason"] = GEMINI_NATIVE[made.finish]
    elif style == "openrouter":
        choice["native_finish_reason"] = made.finish
    elif style == "perplexity":
        choice["delta"] = {"role": "assistant", "content": ""}
    return choice


def _message(reply: Reply) -> Json:
    made, style = reply.made, reply.style
    message: Json = {"role": "assistant", "content": made.text or None}
    if style == "claude":
        message = {"reasoning_content": made.reasoning, "content": made.text, "role": "assistant"}
        if made.reasoning:
            message["reasoning_details"] = [thinking_detail(made.reasoning)]
    elif style == "openai":
        message |= {"refusal": None, "annotations": []}
        if reply.ask.speaks:
            message |= {"content": None, "audio": sound(reply)}
    elif style == "deepseek":
        message |= {"content": made.text, "reasoning_content": made.reasoning}
    elif style == "openrouter":
        detail = {"type": "reasoning.text", "text": made.reasoning, "format": "unknown", "index": 0}
        message |= {"refusal": None, "reasoning": made.reasoning, "reasoning_details": [detail]}
    cited = citations(reply)
    if cited:
        message["annotations"] = cited
    calls = tool_calls(reply)
    if calls:
        message["tool_calls"] = calls
    return message


def tool_calls(reply: Reply) -> list[Json]:
    """Return the calls of an answer, with Gemini's signature on the first one."""
    calls: list[Json] = []
    for index, call in enumerate(reply.made.calls):
        written: Json = {
            "id": call.id,
            "type": "function",
            "function": {
                "name": call.name,
                "arguments": json.dumps(call.arguments, ensure_ascii=False),
            },
        }
        if reply.style == "gemini" and not index:
            thought = signature("thought", call.id)
            written["extra_content"] = {"google": {"thought_signature": thought}}
        calls.append(written)
    return calls


def thinking_detail(text: str) -> Json:
    """Return Claude's thinking with the signature that it must come back with."""
    return {
        "type": "reasoning.text",
        "text": text,
        "signature": signature("thinking", text),
        "format": "anthropic-claude-v1",
        "index": 0,
    }


def sound(reply: Reply) -> Json:
    """Return a spoken answer: bytes that are long enough to be split, and what they say."""
    raw = f"{reply.ask.speaks}:{reply.made.text}".encode() * 8
    return {
        "id": f"audio_{token(reply.ask.digest, 'audio', 24)}",
        "data": base64.b64encode(raw).decode(),
        "transcript": reply.made.text,
        "expires_at": CREATED + 3600,
    }


def citations(reply: Reply) -> list[Json]:
    """Return one annotation for each mark in the text; Perplexity lists its sources apart."""
    if reply.style == "perplexity":
        return []
    cited = []
    for number, (title, url) in enumerate(reply.made.links, 1):
        mark = f"[{number}]"
        start = reply.made.text.rfind(mark)
        if start >= 0:  # else the answer was cut off before it
            place = {"start_index": start, "end_index": start + len(mark)}
            cited.append(
                {"type": "url_citation", "url_citation": place | {"title": title, "url": url}}
            )
    return cited


def search_fields(reply: Reply) -> Json:
    """Return `citations` and `search_results` of Perplexity, beside the choices."""
    links = reply.made.links
    if not links or reply.style != "perplexity":
        return {}
    return {
        "citations": [url for _, url in links],
        "search_results": [
            {"title": title, "url": url, "date": "2026-02-01", "last_updated": "2026-02-10"}
            for title, url in links
        ],
    }
