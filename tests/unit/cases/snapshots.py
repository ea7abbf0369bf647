"""What the long tables of cases come to, as JSON: `python -m cases.snapshots` in `tests/unit`.

It writes the files anew. Read the difference line by line before you keep it: each line that
changes is a request, or an answer, that changes for the user.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from doors.answers import read_answer
from doors.streams import chunks_of, stream_events

from langchain_aimlapi.errors import AIMLAPIError

from . import odd_answers, odd_messages, odd_responses
from .bodies import BODIES
from .messages import sse
from .reading import wire
from .streams import STREAMS

HERE = Path(__file__).parent
HEADERS = {
    "x-inference-id": "inf-1",
    "x-client-request-id": "mine",
    "x-aimlapi-usd-spent": "0.25",
    "x-aimlapi-credits-used": "500",
    "set-cookie": "a=b",
}
_MADE_UP = re.compile(r"\b(call_|lc_|lc_run--)[0-9a-f-]{24,36}\b")
Json = dict[str, Any]
Row = Callable[[], Any]
Table = Mapping[str, Mapping[str, Row]]


# --- answers ------------------------------------------------------------------------------------
def answers() -> Table:
    """Return all that comes out of each answer, whole or streamed."""
    chat = {name: case.given for name, case in BODIES.items()} | odd_answers.CHAT_BODIES
    streams = {name: case.given for name, case in STREAMS.items()} | odd_answers.CHAT_STREAMS
    tables: dict[str, tuple[Mapping[str, Any], Callable[[Any], Any]]] = {
        "bodies of chat/completions": (chat, _whole("chat/completions")),
        "bodies of messages": (odd_messages.MESSAGES_BODIES, _whole("messages")),
        "bodies of responses": (
            {name: ended["response"] for name, ended in odd_responses.BODIES.items()},
            _whole("responses"),
        ),
        "streams of chat/completions": (streams, _streamed("chat/completions", wire)),
        "streams of messages": (odd_messages.MESSAGES_STREAMS, _streamed("messages", _sse)),
        "streams of responses": (odd_responses.STREAMS, _streamed("responses", wire)),
        # A stream that came although none was asked for.
        "streams as bodies of chat/completions": (
            {name: wire(events) for name, events in odd_answers.CHAT_STREAMS.items()},
            _whole("chat/completions"),
        ),
        "streams as bodies of messages": (
            {name: _sse(events) for name, events in odd_messages.MESSAGES_STREAMS.items()},
            _whole("messages"),
        ),
        "streams as bodies of responses": (
            {name: wire(events) for name, events in odd_responses.STREAMS.items()},
            _whole("responses"),
        ),
    }
    return {
        title: {name: partial(_or_error, read, given) for name, given in cases.items()}
        for title, (cases, read) in tables.items()
    }


def _or_error(read: Callable[[Any], Any], given: Any) -> Any:
    try:
        return read(given)
    except AIMLAPIError as error:
        return f"{type(error).__name__}: {error}"


def _sse(events: list[Any]) -> bytes:
    return b"".join(sse([e]) if isinstance(e, dict) else wire([e]) for e in events)


def _whole(endpoint: str) -> Callable[[Any], Any]:
    def read(given: Any) -> Any:
        result = read_answer(given, HEADERS, endpoint=endpoint, include_headers=True)
        found = [
            {**_fields(each.message), "info": each.generation_info, "text": each.text}
            for each in result.generations
        ]
        return {"generations": found, "output": result.llm_output}

    return read


def _streamed(endpoint: str, write: Callable[[Any], bytes]) -> Callable[[Any], Any]:
    def read(given: Any) -> Any:
        data = given if isinstance(given, bytes) else write(given)
        chunks = chunks_of(data, endpoint=endpoint, headers=HEADERS)
        found = [{**_fields(c.message), "info": c.generation_info} for c in chunks]
        events = [_unwrapped(event) for event in stream_events(chunks)]
        return {"chunks": [_set(each) for each in found], "events": events}

    return read


def _unwrapped(event: Any) -> Any:
    """Return an event without what differs between versions of LangChain: where refusals go."""
    content = event.get("content") or {}
    if content.get("type") == "non_standard" and content["value"].get("type") == "refusal":
        return {**event, "content": content["value"]}
    if event["event"] == "content-block-start" and content["type"] in {"non_standard", "refusal"}:
        return {**event, "content": {}}
    return event


def _fields(message: Any) -> Json:
    names = (
        "content",
        "additional_kwargs",
        "response_metadata",
        "id",
        "usage_metadata",
        "tool_call_chunks",
        "chunk_position",
    )
    found = {name: getattr(message, name, None) for name in names}
    if not found["tool_call_chunks"]:
        found |= {"tool_calls": message.tool_calls, "invalid": message.invalid_tool_calls}
    return _set({**found, "blocks": message.content_blocks})


def _set(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value}


# --- files --------------------------------------------------------------------------------------
FILES: Mapping[str, Callable[[], Table]] = {
    "answers": answers,
}


def plain(value: Any) -> Any:
    """Return a value as JSON has it, and ids that are made up at random without what differs."""
    return json.loads(_MADE_UP.sub(r"\1*", json.dumps(value, ensure_ascii=False)))


def kept(name: str) -> Any:
    """Return what stands in a file."""
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def _made(rows: Mapping[str, Row]) -> Json:
    """Return the rows that there are."""
    return {name: plain(row()) for name, row in rows.items()}


def _write(name: str, table: Table) -> None:
    sections = [
        f" {json.dumps(title, ensure_ascii=False)}: {{\n"
        + ",\n".join(
            f"  {json.dumps(key, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in _made(rows).items()
        )
        + "\n }"
        for title, rows in table.items()
    ]
    (HERE / f"{name}.json").write_text("{\n" + ",\n".join(sections) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    for file, make in FILES.items():
        _write(file, make())
