"""Chunks of a stream, and whole answers, as objects: facts once, like validated ones, mergeable."""

from __future__ import annotations

import copy
import pickle
from functools import reduce
from operator import add
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumpd, load
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    message_chunk_to_message,
)
from langchain_core.outputs import ChatGenerationChunk, LLMResult
from langchain_core.runnables import RunnableLambda
from ways import Json, blocks_of
from wire import (
    DONE,
    call,
    calls,
    chat_stream,
    chat_streams,
    chunk,
    completion,
    invoked,
    merged,
    model_of,
    streamed,
    usage,
)

HEADERS = {"x-inference-id": "inf-1", "x-client-request-id": "mine", "set-cookie": "s=1", "a": "b"}


def generated(stream: Any, **settings: Any) -> list[ChatGenerationChunk]:
    """Return the chunks before LangChain adds the id of the run."""
    return list(model_of(stream=stream, **settings)._stream([HumanMessage("Hi")]))


# --- what is told once --------------------------------------------------------------------------
def test_every_fact_is_on_the_last_chunk_and_nowhere_else() -> None:
    facts: Json = {
        "usage": usage(3, 4, cost=0.5), "system_fingerprint": "fp", "service_tier": "default",
        "citations": ["https://a.test"], "search_results": [{"url": "https://a.test"}],
        "created": 17, "object": "chat.completion.chunk", "provider": "Vendor",
    }  # fmt: skip
    events = [
        chunk({"content": "a"}, **facts),
        chunk({"content": "b"}, finish="stop", native_finish_reason="end_turn", **facts),
        DONE,
    ]
    *chunks, last = generated(events, headers=HEADERS)
    for made in chunks:
        message: Any = made.message
        assert message.id is None  # LangChain gives them that of the run
        assert message.response_metadata == {"model_provider": "aimlapi"}
        assert (message.usage_metadata, message.chunk_position) == (None, None)
        assert made.generation_info is None
    final: Any = last.message
    assert (final.chunk_position, final.content) == ("last", "")
    assert final.response_metadata == {
        "model_provider": "aimlapi", "model_name": "vendor/model-1", "id": "gen-1",
        "finish_reason": "stop", "native_finish_reason": "end_turn", "cost": {"usd": 0.5},
        "normalized_finish_reason": "stop", "finish_state": "completed",
        "token_usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
        "inference_id": "inf-1", "client_request_id": "mine", "system_fingerprint": "fp",
        "service_tier": "default", "citations": ["https://a.test"],
        "search_results": [{"url": "https://a.test"}],
    }  # fmt: skip
    assert streamed(events, headers=HEADERS).response_metadata == final.response_metadata


def test_the_first_of_facts_that_change_counts_however_late_it_comes() -> None:
    late = {"service_tier": "flex", "system_fingerprint": "fp_1"}
    events = [
        chunk({"content": "a"}, **dict.fromkeys(late)),
        chunk({"content": "b"}, **late),
        chunk({"content": "c"}, finish="stop", service_tier="other"),
        DONE,
    ]
    message = streamed(events)
    assert message.text == "abc"
    assert late.items() <= message.response_metadata.items()


def test_headers_come_only_if_wanted_and_without_cookies() -> None:
    events = [chunk({"content": "a"}, usage=usage(3, 4)), DONE]
    body = completion({"content": "a"})
    for ask, given in ((streamed, events), (invoked, body)):
        shown = ask(given, headers=HEADERS, include_response_headers=True)
        found = shown.response_metadata["headers"]
        assert {"x-inference-id": "inf-1", "a": "b"}.items() <= found.items()
        assert "set-cookie" not in found
        assert "headers" not in ask(given, headers=HEADERS).response_metadata


def test_nothing_to_show_makes_no_chunk() -> None:
    events = [chunk({"role": "assistant", "content": ""}), chunk({}), chunk(None)]
    made = generated([*events, chunk({"content": "Hi"}), DONE])
    assert [each.text for each in made] == ["Hi", ""]


def test_two_streams_at_once_stay_apart() -> None:
    model = model_of(stream=chat_stream(*({"content": letter} for letter in "abc")))
    one, other = model.stream("?"), model.stream("?")
    pairs = [(first.text, second.text) for first, second in zip(one, other, strict=True)]
    assert pairs == [("a", "a"), ("b", "b"), ("c", "c"), ("", "")]


# --- made without validation --------------------------------------------------------------------
MESSAGES: list[Json] = [
    {"content": "Hi"},
    {"content": "Hi", "reasoning_content": "Hm."},
    {"content": "", "refusal": "No."},
    *(calls(call("f", args, id="c1")) for args in ("", '{"a": 1}', '{"a": "b', "ab", '"', "{]")),
]


@pytest.mark.filterwarnings("ignore:.*is in beta")  # load
@pytest.mark.parametrize("message", MESSAGES)
def test_chunks_and_answers_are_like_validated_ones(message: Json) -> None:
    body = completion(message, usage=usage(1, 2))
    whole = model_of(body)._generate([HumanMessage("Hi")]).generations
    for made in (*generated(chat_streams(body)["one chunk"]), *whole):
        kind: Any = type(made.message)
        given = {name: getattr(made.message, name) for name in made.message.model_fields_set}
        info = {} if made.generation_info is None else {"generation_info": made.generation_info}
        like = type(made)(message=kind(**copy.deepcopy(given)), **info)
        assert (made, repr(made), made.text) == (like, repr(like), like.text)
        assert made.model_fields_set == like.model_fields_set
        assert made.message.__dict__ == like.message.__dict__
        assert made.model_dump_json(exclude_unset=True) == like.model_dump_json(exclude_unset=True)
        assert dumpd(made) == dumpd(like)
        assert pickle.loads(pickle.dumps(made)) == like  # noqa: S301  # our own
        assert copy.deepcopy(made) == made.model_copy(deep=True) == like
        assert load(dumpd(made.message), allowed_objects="messages") == like.message
        if isinstance(made, ChatGenerationChunk):
            assert made + like == like + made == like + like
        made.message.response_metadata = {"changed": True}  # as LangChain's stream() does
        assert made.message.response_metadata == {"changed": True}


def test_chunks_have_blocks_with_distinct_indices() -> None:
    events = [
        chunk({"reasoning_content": "Hm."}),
        chunk({"content": "So", **calls(call("f", "{", index=0, id="c1"))}),
        chunk(calls(call(None, "}", index=0), call("g", "", index=1, id="c2"))),
        chunk({"refusal": "No."}),
        DONE,
    ]
    found = [made.message.content_blocks for made in generated(events)]
    assert [[block.get("index") for block in blocks] for blocks in found if blocks] == [
        ["lc_rs_0"],
        ["lc_txt_0", "lc_tc_0"],
        ["lc_tc_0", "lc_tc_1"],
        ["lc_refusal_0"],
    ]


def test_reasoning_in_the_content_is_not_repeated() -> None:
    thoughts: list[Any] = [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "A"}]
    told = AIMessage(
        thoughts,
        additional_kwargs={"reasoning_content": "Hm."},
        response_metadata={"model_provider": "aimlapi"},
    )
    assert told.content_blocks == thoughts


def test_content_that_somebody_rewrote_has_blocks() -> None:
    told = AIMessage([{"text": "x"}, {"y": 1}], response_metadata={"model_provider": "aimlapi"})
    assert [block["type"] for block in told.content_blocks] == ["text", "non_standard"]


# --- invalid calls in merged chunks -------------------------------------------------------------
# LangChain parses the arguments of merged chunks once more. What the last chunk adds to keep it
# from repairing them stands behind the text in `invalid_tool_calls`; blocks have the text alone.
BROKEN = [
    '{"a": [1', '{"a": "b', "{]", "hello", "[1]", '{"a": "b\\', "\\", '"', "{}{}",
    "{'a': 1}", '{"a": 1, \\[', '\\"{',
]  # fmt: skip
OTHER = call("g", '{"b": 2}', id="c2", index=1)


def broken(args: str, **settings: Any) -> Any:
    """Return a model that answers with a call that is broken and one that is not."""
    message = {"content": "So", **calls(call("f", args, id="c1", index=0), OTHER)}
    deltas = [
        {"content": "So"},
        calls(call("f", args[:3], id="c1", index=0)),
        calls(call(None, args[3:], index=0), OTHER),
    ]
    stream = chat_stream(*deltas, finish="length")
    return model_of(completion(message, finish="length"), stream, **settings)


def merges(chunks: list[Any]) -> dict[str, Any]:
    """Return the chunks, merged as users and LangChain do it."""
    first, *others = chunks
    half = len(others) // 2
    return {
        "one by one": reduce(add, chunks),
        "as a list": first + others,
        "by halves": (first + others[:half]) + others[half:],
        "the last at last": first + others[:-1] + others[-1],
        "pickled": merged(pickle.loads(pickle.dumps(chunks))),  # noqa: S301  # our own
    }


def is_as_sent(message: Any, args: str) -> bool:
    """Return whether the only invalid call holds what was sent, and a mark behind it at most."""
    (made,) = message.invalid_tool_calls
    found = made["args"].rstrip('"}]')
    return (made["id"], made["name"], found) == ("c1", "f", args.rstrip('"}]'))


@pytest.mark.parametrize("args", BROKEN)
def test_invalid_calls_stay_invalid_however_chunks_are_merged(args: str) -> None:
    for version in ("v0", "v1"):
        model = broken(args, output_version=version)
        answer = model.invoke("Hi")
        assert [made["args"] for made in answer.invalid_tool_calls] == [args]
        chunks = list(model.stream("Hi"))
        for way, summed in merges(chunks).items():
            assert is_as_sent(summed, args), way
            assert summed.tool_calls == answer.tool_calls, way
            assert blocks_of(summed) == blocks_of(answer), way
            more = summed + AIMessageChunk("more")
            assert [made["name"] for made in more.tool_calls] == ["g"], way
        for made in (*chunks, merged(chunks)):
            assert type(made) is AIMessageChunk
            assert type(message_chunk_to_message(made)) is AIMessage


@pytest.mark.parametrize("args", ['{"a": 1}', '"a": 1}', "[1]", "0"])
def test_a_call_without_a_name_is_one_invalid_block_however_its_arguments_begin(args: str) -> None:
    summed = merged(model_of(stream=chat_stream(calls(call(None, args, id="c1")))).stream("Hi"))
    (block,) = blocks_of(summed)
    assert (block["type"], block["id"], block["args"]) == ("invalid_tool_call", "c1", args)


class Ends(BaseCallbackHandler):
    """Keeps what LangChain reports of calls that have ended."""

    def __init__(self) -> None:
        self.results: list[LLMResult] = []

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        self.results.append(response)

    @property
    def messages(self) -> list[Any]:
        return [result.generations[0][0].message for result in self.results]  # type: ignore[union-attr]  # of chat models


@pytest.mark.parametrize("version", ["v0", "v1"])
async def test_chains_and_callbacks_have_the_text_of_an_invalid_call_too(version: str) -> None:
    ends, seen = Ends(), []
    model = broken(BROKEN[0], output_version=version)
    list((model | RunnableLambda(seen.append)).stream("Hi"))
    list(model.stream("Hi", config={"callbacks": [ends]}))
    _ = [_ async for _ in model.astream("Hi", config={"callbacks": [ends]})]
    streaming = model.model_copy(update={"streaming": True}).invoke("Hi")
    assert type(streaming) is AIMessage
    for message in (*seen, *ends.messages, streaming):
        assert is_as_sent(message, BROKEN[0])
    assert len(ends.messages) == 2


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_an_invalid_call_goes_back_as_an_object_that_holds_its_text(version: str) -> None:
    sent: list[Json] = []
    model = broken(BROKEN[0], output_version=version)
    for message in (model.invoke("Hi"), merged(model.stream("Hi"))):
        model_of(completion({"content": "ok"}), sent=sent).invoke(["Hi", message, "Go on"])
        arguments = [
            entry["function"]["arguments"] for entry in sent[-1]["messages"][1]["tool_calls"]
        ]
        assert '{"arguments": "{\\"a\\": [1"}' in arguments


def test_a_call_cut_at_every_character_is_never_valid() -> None:
    arguments = '{"city": "Zürich \\"am\\" See", "n": [1, {"x": null}]}'
    for end in range(2, len(arguments)):
        text = arguments[:end] + ("", "{}", '"')[end % 3]
        message = streamed(chat_stream(calls(call("f", text, id="c1")), finish="length"))
        assert message.tool_calls == [], text
        assert len(message.invalid_tool_calls) == 1


# --- what is reported to callbacks --------------------------------------------------------------
FACTS = {
    "system_fingerprint": "fp_1",
    "usage": usage(3, 4, prompt_tokens_details={"cached_tokens": 2}),
    "meta": {"usage": {"usd_spent": 0.5}},
}
TOKENS = {**FACTS["usage"], "total_tokens": 7}  # type: ignore[dict-item]  # a usage


def test_a_call_reports_model_tokens_and_id_as_its_output() -> None:
    ends = Ends()
    body = completion({"content": "Hi"}, **FACTS)
    model = model_of(body, chat_streams(body)["pieces"])
    model.invoke("Hi", {"callbacks": [ends]})
    model.batch(["one", "two"], {"callbacks": [ends]})
    expected = {"model_name": "vendor/model-1", "id": "gen-1", "system_fingerprint": "fp_1"}
    for result in ends.results:
        assert {**expected, "token_usage": TOKENS}.items() <= (result.llm_output or {}).items()
    info = ends.results[0].generations[0][0].generation_info or {}
    assert {"finish_reason": "stop", "model_name": "vendor/model-1"}.items() <= info.items()
    list(model.stream("Hi", {"callbacks": [ends]}))
    assert ends.results[-1].generations[0][0].generation_info == info
    assert len(ends.results) == 4


def test_the_output_of_several_prompts_is_summed() -> None:
    model = model_of(completion({"content": "Hi"}, **FACTS))
    output = model.generate([[HumanMessage("one")], [HumanMessage("two")]]).llm_output or {}
    assert output["token_usage"] == {
        "prompt_tokens": 6, "completion_tokens": 8, "total_tokens": 14,
        "prompt_tokens_details": {"cached_tokens": 4},
    }  # fmt: skip
    assert output["cost"] == {"usd": 1.0}
    assert (output["model_name"], output["system_fingerprint"]) == ("vendor/model-1", "fp_1")
