"""Turns the body of an answer into streams of the same answer."""

import json
from collections.abc import Iterator

from .reading import END, Json, wire


def streams_of(body: Json) -> dict[str, bytes]:
    """Return streams of the same answer: in one chunk, in pieces, and not streamed at all."""
    choice = body["choices"][0]
    message = choice.get("message") or choice.get("delta")
    whole = _chunks(body, choice, [message])
    pieces = _chunks(body, choice, list(_pieces_of(message)))
    return {
        "in one chunk": wire([*whole, END]),
        "in pieces": wire(pieces),
        "as a document": json.dumps(body).encode(),
    }


def _chunks(body: Json, choice: Json, deltas: list[Json]) -> list[Json]:
    head = {"id": body.get("id"), "model": body.get("model")}
    chunks: list[Json] = [{**head, "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    logprobs = choice.get("logprobs")
    chunks += [
        {**head, "choices": [{"delta": {}, "logprobs": {"content": [token]}}]}
        for token in (logprobs or {}).get("content", ())
    ]
    ends = {
        name: choice[name] for name in ("finish_reason", "native_finish_reason") if name in choice
    }
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, **ends}]})
    chunks.append({**body, "choices": []})
    return chunks


def _pieces_of(message: Json) -> Iterator[Json]:
    """Yield deltas: the texts character by character, the rest as it is, one field at a time."""
    yield {"role": "assistant", "content": ""}
    details = message.get("reasoning_details")
    if details:
        yield from _detail_pieces(details, doubled="reasoning" in message)
    for name in ("reasoning_content", "reasoning", "content", "refusal"):
        if isinstance(message.get(name), str) and not (details and name == "reasoning"):
            yield from ({name: letter} for letter in message[name])
    for name, value in message.items():
        if name == "tool_calls":
            yield from _call_pieces(value)
        elif name == "audio":
            yield from _audio_pieces(value)
        elif isinstance(value, list) and name != "reasoning_details":
            yield from ({name: [item]} for item in value)
        elif isinstance(value, dict) or name.endswith("_content"):
            yield {name: value} if name != "reasoning_content" else {}


def _detail_pieces(details: list[Json], *, doubled: bool) -> Iterator[Json]:
    for detail in details:
        name = "summary" if "summary" in detail else "text"
        for letter in detail.get(name, ""):
            piece: Json = {"type": detail["type"], name: letter, "index": detail["index"]}
            yield {"reasoning_details": [piece], **({"reasoning": letter} if doubled else {})}
        yield {"reasoning_details": [{k: v for k, v in detail.items() if k != name}]}


def _call_pieces(entries: list[Json]) -> Iterator[Json]:
    for index, entry in enumerate(entries):
        kind = "custom" if "custom" in entry else "function"
        field = "input" if kind == "custom" else "arguments"
        text = entry[kind].get(field) or ""
        whole = text if isinstance(text, dict) else ""
        first = {**entry[kind], field: whole}
        yield {"tool_calls": [{**entry, "index": index, kind: first}]}
        for letter in "" if whole else text:
            yield {"tool_calls": [{"index": index, kind: {field: letter}}]}


def _audio_pieces(audio: Json) -> Iterator[Json]:
    yield {"audio": {"id": audio["id"]}}
    for letter in audio["transcript"]:
        yield {"audio": {"transcript": letter}}
    for start in range(0, len(audio["data"]), 3):
        yield {"audio": {"data": audio["data"][start : start + 3]}}
    yield {"audio": {"expires_at": audio["expires_at"]}}
