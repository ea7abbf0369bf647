"""Reads one answer in every way that LangChain has, and says what its message holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wire import (
    STREAMS,
    Json,
    call,
    call_item,
    calls,
    claude,
    completion,
    encoded,
    invoked,
    merged,
    message_item,
    model_of,
    reasoning_item,
    response,
    sse,
    text_part,
    usage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


MADE_UP = "call_" + "0" * 24
"""Stands for the id of a call that came without one."""
NO_JSON = "Arguments are not valid JSON"
CITED = {"type": "url_citation", "url": "https://a.test", "title": "A"}
FULL: dict[str, Json] = {
    "chat/completions": completion(
        {
            "content": "Hello \U0001f600",
            "reasoning": "Hm.",
            "reasoning_details": [{"type": "reasoning.text", "text": "Hm.", "signature": "c2ln"}],
            "refusal": "No.",
            "annotations": [{"type": "url_citation", "url_citation": CITED}],
            "images": ["https://i.test/1.png"],
            "audio": {"id": "a", "data": "UklGRgAB", "transcript": "Hi"},
            **calls(call("f", '{"a": 1}', id="c1"), call("g", '{"a', id="c2")),
        },
        finish="tool_calls",
        logprobs={"content": [{"token": "a", "logprob": -1.0}]},
        usage=usage(1, 2),
        meta={"usage": {"usd_spent": 0.1}},
    ),
    "messages": claude(
        {"type": "thinking", "thinking": "h\u00e9", "signature": "c2ln"},
        {"type": "text", "text": "Hello \U0001f600", "citations": [{"type": "char_location"}]},
        {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"q": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
        {"type": "compaction", "content": "c"},
        stop="tool_use",
    ),
    "responses": response(
        reasoning_item("First.", "Then."),
        message_item(
            text_part("Hello \U0001f600", annotations=[CITED]), {"type": "refusal", "refusal": "No"}
        ),
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {"type": "hologram_call", "id": "h_1", "light": [1]},
        call_item(),
    ),
}
"""An answer of each endpoint with all that it can hold."""


def stream_ways(stream: Any, **settings: Any) -> dict[str, Any]:
    """Return the message of a stream, or of what comes in its place, by the way of asking."""
    data = stream if isinstance(stream, bytes) else sse(stream)
    model = model_of(stream=data, **settings)
    v1 = model_of(stream=data, **{**settings, "output_version": "v1"})
    return {
        "stream": merged(model.stream("Hi")),
        "events": model.stream_events("Hi", version="v3").output,
        "v1 stream": merged(v1.stream("Hi")),
    }


def invoke_ways(body: Any, **settings: Any) -> dict[str, Any]:
    """Return the message of a body, or of what comes in its place, by the way of asking."""
    v1 = model_of(body, **{**settings, "output_version": "v1"})
    return {"invoke": invoked(body, **settings), "v1 invoke": v1.invoke("Hi")}


def all_ways(body: Any, streams: Mapping[str, bytes] | None = None, **settings: Any) -> Json:
    """Return an answer as a document and as streams, each read in every way.

    Asynchronous calls have the same readers: `test_events.py` has a test of them.

    Args:
        body: The document. It also comes where a stream was asked for, and streams where it was.
        streams: By their form; those that the endpoint has for the body without it.
        **settings: Of the model.
    """
    if streams is None:
        streams = STREAMS[settings.get("endpoint", "chat/completions")](body)
    return {
        f"{way} of {form}": message
        for form, data in {"a document": encoded(body), **streams}.items()
        for ways in (invoke_ways(data, **settings), stream_ways(data, **settings))
        for way, message in ways.items()
    }


def blocks_of(message: Any) -> list[Json]:
    """Return the blocks of a message without what differs by design.

    Those of a stream have an index, those of v1 leave the pieces of a broken call in, and LangChain
    leaves refusals out of a message that it makes of events, so they come wrapped there. Ids that
    are made up differ, and errors end with a place in the text.
    """
    blocks: list[Any] = []
    for block in message.content_blocks:
        bare: Any = {name: value for name, value in block.items() if name != "index"}
        if bare["type"] == "non_standard" and bare["value"].get("type") == "refusal":
            bare = bare["value"]
        if str(bare.get("id")).startswith("call_") and len(bare["id"]) == len(MADE_UP):
            bare["id"] = MADE_UP
        if "error" in bare:
            bare["error"] = bare["error"].partition(":")[0]
        if bare["type"] != "tool_call_chunk":
            blocks.append(bare)
    return blocks


def said_by(message: Any) -> Json:
    """Return what a message says, without what it does not say."""
    tokens, metadata = message.usage_metadata, message.response_metadata
    fields: Json = {
        "blocks": blocks_of(message),
        "usage": (tokens["input_tokens"], tokens["output_tokens"]) if tokens else None,
        "finish": metadata.get("finish_reason"),
        "native": metadata.get("native_finish_reason"),
        "cost": metadata.get("cost"),
    }
    found = {name: value for name, value in fields.items() if value}
    blocks = found.get("blocks", [])
    assert message.text == "".join(b["text"] for b in blocks if b["type"] == "text")
    called = [(b["name"], b["args"]) for b in blocks if b["type"] == "tool_call"]
    assert [(c["name"], c["args"]) for c in message.tool_calls] == called
    broken = [b["name"] for b in blocks if b["type"] == "invalid_tool_call"]
    assert [c["name"] for c in message.invalid_tool_calls] == broken
    return found


def assert_says(ways: Mapping[str, Any], expected: Json) -> None:
    """Check that messages say what is expected, and the same, in every way.

    Args:
        ways: The messages.
        expected: What `said_by` returns, and `kwargs` or `metadata` where they matter.
    """
    expected = dict(expected)
    kwargs, more = expected.pop("kwargs", None), expected.pop("metadata", {})
    first, *_ = ways.values()
    for way, message in ways.items():
        said = said_by(message)
        if "events" in way or "v1 stream" in way:
            # Blocks stand in the order in which they came; the content has its own.
            assert _in_any_order(said) == _in_any_order(expected), way
        else:
            assert said == expected, way
        metadata = {k: v for k, v in message.response_metadata.items() if k != "output_version"}
        assert metadata == first.response_metadata, way
        assert more.items() <= metadata.items(), way
        assert message.usage_metadata == first.usage_metadata, way
        if "v1" not in way:
            assert message.additional_kwargs == first.additional_kwargs, way
    assert kwargs is None or first.additional_kwargs == kwargs


def _in_any_order(said: Json) -> Json:
    blocks = [json.dumps(block, sort_keys=True) for block in said.get("blocks", ())]
    return {**said, "blocks": sorted(blocks)}


# --- what is expected ---------------------------------------------------------------------------
def says(*blocks: Json, finish: str | None = "stop", **more: Any) -> Json:
    """Return what `assert_says` expects of a message with these blocks."""
    expected = {"blocks": list(blocks), "finish": finish, **more}
    return {name: value for name, value in expected.items() if value or name == "kwargs"}


def text(value: str, **more: Any) -> Json:
    """Return a block of text."""
    return {"type": "text", "text": value, **more}


def thought(value: str, extras: Json | None = None, **more: Any) -> Json:
    """Return a block of reasoning."""
    block = {"type": "reasoning", "reasoning": value, **more}
    return {**block, "extras": extras} if extras is not None else block


def tool_call(name: str, args: Json, id_: str = "c1", **more: Any) -> Json:
    """Return a block of a call."""
    return {"type": "tool_call", "id": id_, "name": name, "args": args, **more}


def invalid_call(name: str | None, args: str, error: str, id_: str = "c1") -> Json:
    """Return a block of a call that cannot be read."""
    block = {"type": "invalid_tool_call", "id": id_, "name": name}
    return {**block, "args": args, "error": error}


def image(**source: str) -> Json:
    """Return a block of an image."""
    return {"type": "image", **source}


def other(value: Any) -> Json:
    """Return a block of what LangChain has no type for."""
    return {"type": "non_standard", "value": value}


def refusal(value: str, **more: Any) -> Json:
    """Return a block of a refusal."""
    return {"type": "refusal", "refusal": value, **more}


def server_call(id_: str, name: str, args: Json, **extras: Any) -> Json:
    """Return a block of a call that the service made itself."""
    block = {"type": "server_tool_call", "id": id_, "name": name, "args": args}
    return {**block, "extras": extras}


def server_result(id_: str, status: str = "success", **output: Any) -> Json:
    """Return a block of what came of it."""
    block = {"type": "server_tool_result", "tool_call_id": id_, "status": status}
    return {**block, "output": output} if output else block
