"""The chunks of a stream themselves: facts once, mergeable, and like validated ones."""

import contextlib
import copy
import json
import pickle
from typing import Any

import pytest
from cases.model import CaseModel
from cases.reading import (
    END,
    Json,
    arguments_of,
    call,
    calls,
    chunk,
    chunks_of,
    invoked,
    merged,
    said_by,
    streamed,
    usage,
    wire,
)
from doors.streams import Event, stream_reader
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json

HEADERS = {"x-inference-id": "inf-1", "x-client-request-id": "mine", "set-cookie": "s=1", "a": "b"}


# --- what is sent once --------------------------------------------------------------------------
def test_every_fact_is_on_the_last_chunk_and_nowhere_else() -> None:
    facts: Json = {
        "usage": usage(3, 4, cost=0.5), "system_fingerprint": "fp", "service_tier": "default",
        "citations": ["https://a.test"], "search_results": [{"url": "https://a.test"}],
        "created": 17, "object": "chat.completion.chunk", "provider": "Vendor",
    }  # fmt: skip
    *chunks, last = chunks_of(
        [chunk({"content": "a"}, **facts), chunk({"content": "b"}, finish="stop", **facts),
         chunk({"content": "c"}, finish="stop", native_finish_reason="end_turn", **facts), END],
        headers=HEADERS,
    )  # fmt: skip
    for made in chunks:
        message: Any = made.message
        assert message.id is None  # LangChain gives them that of the run
        assert message.response_metadata == {"model_provider": "aimlapi"}
        assert (message.usage_metadata, message.chunk_position) == (None, None)
        assert made.generation_info is None
    final: Any = last.message
    assert final.chunk_position == "last"
    assert final.content == ""
    assert final.response_metadata == {
        "model_provider": "aimlapi", "model_name": "vendor/model-1", "id": "gen-1",
        "finish_reason": "stop", "native_finish_reason": "end_turn", "cost": {"usd": 0.5},
        "normalized_finish_reason": "stop", "finish_state": "completed",
        "token_usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
        "inference_id": "inf-1", "client_request_id": "mine", "system_fingerprint": "fp",
        "service_tier": "default", "citations": ["https://a.test"],
        "search_results": [{"url": "https://a.test"}],
    }  # fmt: skip
    whole = merged([*chunks, last])
    assert whole.response_metadata == final.response_metadata
    assert whole.usage_metadata == {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}


def test_usage_and_headers_come_only_if_wanted() -> None:
    events = [chunk({"content": "a"}, usage=usage(3, 4)), END]
    assert streamed(events, include_usage=False).usage_metadata is None
    message = streamed(events, headers=HEADERS, include_headers=True)
    shown = {"x-inference-id": "inf-1", "x-client-request-id": "mine", "a": "b"}
    assert message.response_metadata["headers"] == shown  # no cookies
    assert "headers" not in streamed(events, headers=HEADERS).response_metadata


def test_headers_do_not_tell_the_cost_of_a_stream_but_that_of_an_answer() -> None:
    headers = {"x-aimlapi-usd-spent": "0.5", "x-aimlapi-credits-used": "7"}
    assert "cost" not in streamed([chunk({"content": "a"}), END], headers=headers).response_metadata
    answer = invoked({"choices": [{"message": {"content": "a"}}]}, headers)
    assert answer.response_metadata["cost"] == {"usd": 0.5, "credits": 7}


def test_logprobs_are_put_together() -> None:
    tokens = [{"token": letter, "logprob": -0.5, "bytes": None} for letter in "abc"]
    message = streamed(
        [*(chunk({"content": t["token"]}, logprobs={"content": [t], "refusal": None})
           for t in tokens), END]
    )  # fmt: skip
    assert message.response_metadata["logprobs"] == {"content": tokens}


def test_chunks_share_no_mutable_objects() -> None:
    one, two, _ = chunks_of([chunk({"content": "a"}), chunk({"content": "b"}), END])
    for name in ("response_metadata", "additional_kwargs", "tool_calls", "tool_call_chunks"):
        assert getattr(one.message, name) is not getattr(two.message, name)


def test_nothing_to_show_makes_no_chunk() -> None:
    parser = stream_reader()
    for event in (chunk({"role": "assistant", "content": ""}), chunk({}), chunk(None)):
        assert parser.feed(Event("", json.dumps(event).encode())) == []
    assert parser.chunks_received == 0


def test_two_streams_at_once_stay_apart() -> None:
    parsers = [stream_reader(), stream_reader()]
    made: list[list[ChatGenerationChunk]] = [[], []]
    for letter in "abc":
        for number, parser in enumerate(parsers):
            event = chunk({"content": f"{letter}{number}"}, finish="stop")
            made[number] += parser.feed(Event("", json.dumps(event).encode()))
    assert ["".join(c.text for c in chunks) for chunks in made] == ["a0b0c0", "a1b1c1"]


# --- unvalidated chunks -------------------------------------------------------------------------
def validated(**fields: Any) -> ChatGenerationChunk:
    fields.setdefault("additional_kwargs", {})
    message = AIMessageChunk(response_metadata={"model_provider": "aimlapi"}, **fields)
    return ChatGenerationChunk(message=message)


def first_of(delta: Json, id_: str | None = "1") -> ChatGenerationChunk:
    return stream_reader().feed(Event("", json.dumps(chunk(delta, id=id_)).encode()))[0]


def piece(name: str | None, args: str, id_: str | None = None, index: int = 0) -> Any:
    return {"name": name, "args": args, "id": id_, "index": index, "type": "tool_call_chunk"}


PAIRS: dict[str, tuple[ChatGenerationChunk, ChatGenerationChunk]] = {
    "text": (first_of({"content": "Hi"}), validated(content="Hi")),
    "text without id": (first_of({"content": "Hi"}, None), validated(content="Hi")),
    "reasoning": (
        first_of({"reasoning_content": "Hm"}),
        validated(content="", additional_kwargs={"reasoning_content": "Hm"}),
    ),
    **{
        f"arguments {args!r}": (
            first_of(
                {"content": "Hi", **calls(call("f", args, id="c1"), call(None, args, index=1))}
            ),
            validated(
                content="Hi",
                # White space before arguments is dropped, and begins no call that has no name.
                tool_call_chunks=[
                    piece("f", args.lstrip(), "c1"),
                    *(piece(None, text, None, 1) for text in [args.lstrip()] if text),
                ],
            ),
        )
        for args in ("", "{", '{"a": 1}', '{"a": "b', ' {"a"', '{"a": b', "ab", "1", "]", '"', "{]")
    },
}


@pytest.mark.filterwarnings("ignore:.*is in beta")  # load
@pytest.mark.parametrize(("made", "like"), PAIRS.values(), ids=PAIRS)
def test_chunk_is_like_a_validated_one(
    made: ChatGenerationChunk, like: ChatGenerationChunk
) -> None:
    assert made == like
    assert type(made) is type(like)
    assert type(made.message) is type(like.message)
    assert made.message.__dict__ == like.message.__dict__
    assert made.message.model_fields_set == like.message.model_fields_set
    assert made.model_fields_set == like.model_fields_set
    assert repr(made) == repr(like)
    assert made.model_dump() == like.model_dump()
    assert made.model_dump_json(exclude_unset=True) == like.model_dump_json(exclude_unset=True)
    assert dumpd(made) == dumpd(like)
    assert made.message.content_blocks == like.message.content_blocks
    assert made + like == like + made == like + like
    assert message_chunk_to_message(made.message) == message_chunk_to_message(like.message)
    for copied in (
        pickle.loads(pickle.dumps(made)),  # noqa: S301  # our own
        copy.copy(made),
        copy.deepcopy(made),
        made.model_copy(deep=True),
    ):
        assert copied == like
    assert AIMessageChunk(**made.message.model_dump()) == like.message
    assert load(dumpd(made.message), allowed_objects="messages") == like.message
    made.message.response_metadata = {"changed": True}  # as LangChain's stream() does
    assert made.message.response_metadata == {"changed": True}


# --- tool calls ---------------------------------------------------------------------------------
ARGUMENTS = '{"city": "Zürich \\"am\\" See", "n": [1, {"x": null}], "e": "\\u00fc\\\\"}'


def test_tool_call_split_at_every_character() -> None:
    expected = json.loads(ARGUMENTS)
    for split in range(len(ARGUMENTS) + 1):
        message = streamed(
            [chunk(calls(call("f", ARGUMENTS[:split], index=0, id="c1"))),
             chunk(calls(call(None, ARGUMENTS[split:], index=0))), END]
        )  # fmt: skip
        assert [(c["name"], c["id"], c["args"]) for c in message.tool_calls] == [
            ("f", "c1", expected)
        ]
        assert message.invalid_tool_calls == []


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_tool_call_cut_at_every_character_is_never_valid() -> None:
    for end in range(2, len(ARGUMENTS)):
        for stray in ("", "{}", "}", '"'):
            text = ARGUMENTS[:end] + stray
            if is_json(text):
                continue  # cut where a brace completes it
            message = streamed(
                [chunk(calls(call("f", text, index=0, id="c1"))), chunk({}, finish="length")]
            )
            assert message.tool_calls == []
            (broken,) = message.invalid_tool_calls
            assert broken["name"] == "f"
            assert (broken["args"] or "").startswith(text)
            assert len(broken["args"] or "") <= len(text) + 3
            (invalid,) = invoked(
                {"choices": [{"message": calls(call("f", text, id="c1"))}]}
            ).invalid_tool_calls
            assert invalid["args"] == text
            assert (invalid["error"] or "").startswith("Arguments are not valid JSON")


@pytest.mark.parametrize(
    "text",
    ["{]", "hello", '{"a": b}', "{}{}", '{"a": 1}}', "[1", '["a', "\\[", '{"a": 1, \\[', '\\"{',
     '{"a": "b\\', "{'a': 1}", '{"a": 1,}', "\\", '"', '{"a":[{"b":"c]}'],
)  # fmt: skip
def test_what_keeps_a_broken_call_broken(text: str) -> None:
    sent = arguments_of([chunk(calls(call("f", text, id="c1"))), END])
    assert sent.startswith(text)
    repaired: Any = None
    with contextlib.suppress(ValueError):
        repaired = parse_partial_json(sent)
    assert not isinstance(repaired, dict)


def test_a_whole_call_needs_nothing_more() -> None:
    whole = calls(call("f", '{"a": "]"}', id="c1"), call("g", "", id="c2"))
    _, *later = chunks_of([chunk(whole), END])
    assert [made.message.tool_call_chunks for made in later] == [[]]  # type: ignore[attr-defined]  # chunks of an AI message


def test_chunks_keep_their_index_and_say_id_and_name_once() -> None:
    made = chunks_of(
        [chunk(calls(call("f", "{", index=5, id="c1"))),
         chunk(calls(call("f", "}", index=5, id="c1"))),
         chunk(calls(call("g", "{}", index=5, id="c2"))), END]
    )  # fmt: skip
    pieces = [p for c in made for p in c.message.tool_call_chunks]  # type: ignore[attr-defined]  # chunks of an AI message
    assert pieces == [
        piece("f", "{", "c1", 0), piece(None, "}", None, 0), piece("g", "", "c2", 1),
        piece(None, "{}", None, 1),  # at the end: `{}` may stand in front of other arguments
    ]  # fmt: skip


def test_calls_without_ids_get_the_same_ones_each_time_the_answer_is_read() -> None:
    events = [chunk(calls(call("f", "{}"), call("f", "{}"))), END]
    ids = [c["id"] for c in streamed(events).tool_calls]
    assert ids == [c["id"] for c in streamed(events).tool_calls]
    assert len(set(ids)) == 2
    nameless = [{**events[0], "id": None}, END]  # type: ignore[dict-item]  # a chunk
    assert streamed(nameless).tool_calls[0]["id"] != streamed(nameless).tool_calls[0]["id"]


def test_a_call_of_no_name_is_invalid() -> None:
    message = streamed([chunk(calls(call(None, '{"a": 1}', index=0, id="c1"))), END])
    assert (message.tool_calls, len(message.invalid_tool_calls)) == ([], 1)
    answer = invoked({"choices": [{"message": calls(call(None, '{"a": 1}', id="c1"))}]})
    assert answer.invalid_tool_calls[0]["error"] == "The call names no tool."


def test_long_broken_arguments_cost_no_more_than_their_length() -> None:
    text = '{"a": b, "' + "x" * 1_000_000  # LangChain's repair would take minutes
    message = streamed([chunk(calls(call("f", text, index=0, id="c1"))), END])
    assert len(message.invalid_tool_calls) == 1


def test_names_repeated_with_long_arguments_stay_cheap() -> None:
    pieces = ['{"a": ['] + ["{},"] * 20_000 + ["{}]}"]
    sent = arguments_of([*(chunk(calls(call("f", text, index=0))) for text in pieces), END])
    assert json.loads(sent) == {"a": [{}] * 20_001}


def test_speech_pieces_that_end_inside_a_byte() -> None:
    whole = "UklGRgABAgMEBQYHCAkKCw=="
    for size in range(1, len(whole)):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        message = streamed([*(chunk({"audio": {"data": p}}) for p in pieces), END])
        assert message.content_blocks == [
            {"type": "audio", "base64": whole, "mime_type": "audio/wav"}
        ]


def test_speech_pieces_that_are_padded_each() -> None:
    pieces = ["UklGRgA=", "AQ==", "AgM=", "BA=="]  # each a text of its own
    message = streamed([*(chunk({"audio": {"data": p}}) for p in pieces), END])
    (block,) = message.content_blocks
    assert block.get("base64") == "UklGRgABAgME"


def test_images_are_shown_once_and_stay_apart() -> None:
    urls = ["https://i.test/1.png", "https://i.test/2.png"]
    message = streamed([chunk({"images": urls[:1]}), chunk({"images": urls[1:]}),
                        chunk({"images": urls}), END])  # fmt: skip
    assert message.content_blocks == [{"type": "image", "url": url} for url in urls]


# --- in LangChain -------------------------------------------------------------------------------
def test_each_token_is_delivered_once() -> None:
    data = wire([chunk({"content": "a"}), chunk({"content": "b"}, finish="stop"), END])
    seen: list[str] = [piece.text for piece in CaseModel(stream_bytes=data).stream("hi")]
    assert seen == ["a", "b", ""]


async def test_astream_events_deliver_each_token_once() -> None:
    data = wire([chunk({"content": "a"}), chunk({"content": "b"}, finish="stop"), END])
    model = CaseModel(stream_bytes=data)
    events = [event async for event in model.astream_events("hi", version="v2")]
    tokens = [e["data"]["chunk"].text for e in events if e["event"] == "on_chat_model_stream"]
    assert tokens == ["a", "b", ""]
    (end,) = [e for e in events if e["event"] == "on_chat_model_end"]
    assert end["data"]["output"].text == "ab"


def test_the_sum_becomes_a_plain_message() -> None:
    data = [chunk({"content": "a", "reasoning_content": "Hm"}, usage=usage(1, 2)), END]
    message: Any = message_chunk_to_message(streamed(data))
    assert type(message) is AIMessage
    assert said_by(message) == {"text": "a", "reasoning": "Hm", "usage": (1, 2)}
