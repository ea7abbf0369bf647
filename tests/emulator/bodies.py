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


@dataclass
class Reply:
    """One request and its answers, ready to take a vendor's form."""

    ask: Ask
    answers: list[Answer]
    usage: Json
    meta: Json
    id: str

    @property
    def style(self) -> str:
        return self.ask.model.style

    def finish(self, made: Answer) -> str:
        """Return the finish reason in the vendor's words, for a JSON body."""
        if self.style == "claude" and made.stopped_by is not None:
            return "stop_sequence"
        return NATIVE.get(self.style, {}).get(made.finish, made.finish)


def reply_to(ask: Ask) -> Reply:
    """Return the reply to a request."""
    answers = []
    for index in range(int(ask.n)):
        made = answer(ask)
        if index:
            made.text = f"{made.text} (choice {index + 1})"
        answers.append(made)
    usage = count(ask, answers)
    return Reply(
        ask, answers, usage, {"usage": cost(ask, usage)}, message_id(ask.model.style, ask.digest)
    )


def completion(reply: Reply) -> Json:
    """Return the JSON body of a reply."""
    body: Json = {
        "id": reply.id,
        "object": "chat.completion",
        "created": CREATED,
        "model": reply.ask.model.served,
        "choices": [_choice(reply, made, index) for index, made in enumerate(reply.answers)],
        "usage": reply.usage,
        "meta": reply.meta,
    }
    body |= search_fields(reply)
    if reply.style == "openai":
        body |= {"service_tier": "default", "system_fingerprint": "fp_0a8aa8bfeb"}
    if reply.style == "openrouter":
        body |= {"provider": "Parasail", "system_fingerprint": None}
    return body


def _choice(reply: Reply, made: Answer, index: int) -> Json:
    choice: Json = {
        "index": index,
        "message": _message(reply, made),
        "finish_reason": reply.finish(made),
        "logprobs": logprobs(made.text) if reply.ask.logprobs else None,
    }
    if reply.style in {"gemini", "openrouter"}:
        native = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}
        choice["native_finish_reason"] = (
            native[made.finish] if reply.style == "gemini" else made.finish
        )
    if reply.style == "perplexity":
        choice["delta"] = {"role": "assistant", "content": ""}
    return choice


def _message(reply: Reply, made: Answer) -> Json:
    message: Json = {"role": "assistant", "content": made.text or None}
    calls = tool_calls(reply, made)
    if reply.style == "claude":
        message = {"reasoning_content": made.reasoning, "content": made.text, "role": "assistant"}
        if made.reasoning:
            message["reasoning_details"] = [thinking_detail(made.reasoning)]
    elif reply.style == "openai":
        message |= {"refusal": None, "annotations": []}
        if reply.ask.speaks:
            message |= {"content": None, "audio": sound(reply, made)}
    elif reply.style == "deepseek":
        message |= {"content": made.text, "reasoning_content": made.reasoning}
    elif reply.style == "openrouter":
        detail = {"type": "reasoning.text", "text": made.reasoning, "format": "unknown", "index": 0}
        message |= {"refusal": None, "reasoning": made.reasoning, "reasoning_details": [detail]}
    elif reply.style == "gemini" and reply.ask.speaks:
        message |= {"content": None, "audio": sound(reply, made)}
    cited = citations(reply, made)
    if cited:
        message["annotations"] = cited
    if calls:
        message["tool_calls"] = calls
    return message


def tool_calls(reply: Reply, made: Answer) -> list[Json]:
    """Return the calls of an answer, with Gemini's signature on the first one."""
    calls: list[Json] = []
    for index, call in enumerate(made.calls):
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


def sound(reply: Reply, made: Answer) -> Json:
    """Return a spoken answer: bytes that are long enough to be split, and what they say."""
    raw = f"{reply.ask.speaks}:{made.text}".encode() * 8
    return {
        "id": f"audio_{token(reply.ask.digest, 'audio', 24)}",
        "data": base64.b64encode(raw).decode(),
        "transcript": made.text,
        "expires_at": CREATED + 3600,
    }


def logprobs(text: str) -> Json:
    """Return a log probability for each word of a text."""
    pieces = [piece + " " for piece in text.split(" ")]
    pieces[-1] = pieces[-1][:-1]
    tokens = [
        {
            "token": piece,
            "logprob": -round(0.01 * (1 + len(piece)), 2),
            "bytes": list(piece.encode()),
            "top_logprobs": [],
        }
        for piece in pieces
    ]
    return {"content": tokens, "refusal": None}


def citations(reply: Reply, made: Answer) -> list[Json]:
    """Return one annotation for each mark in the text; Perplexity lists its sources apart."""
    if reply.style == "perplexity":
        return []
    cited = []
    for number, (title, url) in enumerate(made.links, 1):
        mark = f"[{number}]"
        start = made.text.rfind(mark)
        if start >= 0:  # else the answer was cut off before it
            place = {"start_index": start, "end_index": start + len(mark)}
            cited.append(
                {"type": "url_citation", "url_citation": place | {"title": title, "url": url}}
            )
    return cited


def search_fields(reply: Reply) -> Json:
    """Return `citations` and `search_results` of Perplexity, beside the choices."""
    links = reply.answers[0].links
    if not links or reply.style != "perplexity":
        return {}
    return {
        "citations": [url for _, url in links],
        "search_results": [
            {"title": title, "url": url, "date": "2026-02-01", "last_updated": "2026-02-10"}
            for title, url in links
        ],
    }
