"""What is sent once about an answer: ids, finish, usage, and where other packages look for them."""

import json
from time import process_time
from typing import Any

import pytest
from cases.doors import Ways, blocks_of
from cases.reading import END, Json, body, call, calls, chunk, usage, wire
from cases.slicing import streams_of
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, LLMResult

try:
    from langchain_core.language_models._finish_reason import (  # type: ignore[import-not-found, unused-ignore]  # of 1.8.4
        _finish_fields,
    )
except ImportError:

    def _finish_fields(
        metadata: Json | None, *, has_tool_calls: bool = False, has_refusal: bool = False
    ) -> Json:
        """Return what LangChain 1.8.4 makes of the fields."""
        names = ("finish_reason", "normalized_finish_reason", "finish_state")
        fields = {name: (metadata or {})[name] for name in names if (metadata or {}).get(name)}
        normalized = fields.get("normalized_finish_reason")
        if normalized is not None and has_refusal:
            fields["normalized_finish_reason"] = "refusal"
        elif normalized == "stop" and has_tool_calls:
            fields["normalized_finish_reason"] = "tool_call"
        return fields


def both(message: Json, /, **more: Any) -> Ways:
    """Return an answer, and a stream of it."""
    answer = body(message, **more)
    return Ways(answer, streams_of(answer)["in pieces"] + wire([END]))


# --- what chunks may say late -------------------------------------------------------------------
def test_facts_that_come_with_a_later_plain_text_are_kept() -> None:
    late = {"service_tier": "flex", "system_fingerprint": "fp_1"}
    nothing = dict.fromkeys(late)
    message = Ways(
        events=[
            chunk({"content": "a"}, **nothing),
            chunk({"content": "b"}, **nothing),
            chunk({"content": "c"}, **late),
            chunk({"content": "d"}, finish="stop", service_tier="other"),
            END,
        ]
    ).streamed()
    assert message.text == "abcd"
    assert late.items() <= message.response_metadata.items()


def test_text_after_the_end_is_not_delivered_whatever_it_came_with() -> None:
    for end in (END, b"event: done\ndata: [DONE]\n\n"):
        events = [chunk({"content": "a"}), chunk({"content": "b"}), end, chunk({"content": "X"})]
        assert [made.text for made in Ways(events=events).chunks()] == ["a", "b", ""]


@pytest.mark.parametrize(
    "deltas",
    [
        [{"reasoning_content": "Hm."}, {"reasoning": "Hm."}],
        [{"reasoning_content": "H"}, {"reasoning": "H"}, {"reasoning_content": "m."},
         {"reasoning": "m."}],
        [{"reasoning_content": "H"}, {"reasoning_content": "m."}, {"reasoning": "Hm"},
         {"reasoning": "."}],
        [{"reasoning": "Hm."}, {"content": "", "reasoning_content": "Hm."}],
    ],
    ids=["once more", "in turns", "cut otherwise", "the other way round"],
)  # fmt: skip
def test_reasoning_in_two_fields_is_read_once(deltas: list[Json]) -> None:
    ways = Ways(events=[*map(chunk, deltas), chunk({"content": "Yes"}, finish="stop"), END])
    assert ways.streamed().additional_kwargs == {"reasoning_content": "Hm."}


def test_reasoning_that_goes_on_in_another_field_is_read_whole() -> None:
    deltas = [{"reasoning_content": "Hm."}, {"reasoning": "So."}, {"reasoning_content": "Well."}]
    ways = Ways(events=[*map(chunk, deltas), END])
    assert ways.streamed().additional_kwargs == {"reasoning_content": "Hm.So.Well."}


def test_the_finish_in_the_words_of_the_upstream_is_told_only_if_they_are_others() -> None:
    for native, expected in (("stop", None), ("end_turn", "end_turn")):
        answer = body({"content": "a"}, native_finish_reason=native)
        ways = Ways(answer, streams_of(answer)["in pieces"])
        for message in (ways.invoked(), ways.streamed()):
            assert message.response_metadata.get("native_finish_reason") == expected


# --- several answers ----------------------------------------------------------------------------
def several(*texts: str, **more: Any) -> Json:
    choices = [
        {"index": n, "message": {"content": text, **more}, "finish_reason": "stop"}
        for n, text in enumerate(texts)
    ]
    return {"id": "gen-1", "model": "m", "choices": choices, "usage": usage(1, 2)}


def test_messages_of_several_choices_have_ids_of_their_own() -> None:
    called = calls(call("f", "{}"))
    result = Ways(several("a", "b", "c", **called), n=3).model.generate([[HumanMessage("hi")]])
    messages: list[Any] = [made.message for made in result.generations[0]]  # type: ignore[union-attr]  # chat generations
    assert len({message.id for message in messages}) == 3
    assert [message.response_metadata["id"] for message in messages] == ["gen-1"] * 3
    assert len({message.tool_calls[0]["id"] for message in messages}) == 3
    tokens = [message.usage_metadata is not None for message in messages]
    assert tokens == [True, False, False]


def test_of_several_streamed_answers_the_first_is_read() -> None:
    events = [
        chunk({"reasoning_content": "Hm"}, index=0),
        chunk({"content": "X"}, index=1),
        chunk({"content": "a"}, index=0),
        chunk({"content": "Y"}, index=1, finish="stop"),
        chunk({"content": "b"}, index=0, finish="stop"),
        END,
    ]
    message = Ways(events=events, n=2).streamed()
    assert (message.text, message.additional_kwargs) == ("ab", {"reasoning_content": "Hm"})


def test_a_first_answer_that_is_late_is_the_one_that_is_read() -> None:
    events = [
        chunk({"role": "assistant"}, index=1),
        chunk({"content": "a"}, index=0),
        chunk({"content": "X"}, index=1),
        chunk({}, index=0, finish="stop"),
        END,
    ]
    assert Ways(events=events).streamed().text == "a"


def test_an_answer_of_very_many_choices_costs_little() -> None:
    answer = json.dumps(several(*["a"] * 100_000)).encode()
    ways = Ways(answer)
    start = process_time()
    assert ways.invoked().text == "a"
    assert process_time() - start < 1.0  # seconds; reading each of them took 2.3


# --- where other packages look ------------------------------------------------------------------
class Seen(BaseCallbackHandler):
    """Keeps the results that LangChain reports."""

    def __init__(self) -> None:
        self.results: list[LLMResult] = []

    def on_llm_end(self, response: LLMResult, **kwargs: Any) -> None:
        self.results.append(response)


TOLD = {
    "system_fingerprint": "fp_1",
    "usage": usage(3, 4, prompt_tokens_details={"cached_tokens": 2}),
}
TOKENS = {
    "prompt_tokens": 3,
    "completion_tokens": 4,
    "total_tokens": 7,
    "prompt_tokens_details": {"cached_tokens": 2},
}


def test_a_call_reports_model_tokens_and_id_as_its_output() -> None:
    seen = Seen()
    both({"content": "Hi"}, **TOLD).model.invoke("hi", {"callbacks": [seen]})
    (result,) = seen.results
    expected = {"model_name": "vendor/model-1", "id": "gen-1", "system_fingerprint": "fp_1"}
    assert {**expected, "token_usage": TOKENS}.items() <= (result.llm_output or {}).items()
    info = result.generations[0][0].generation_info or {}
    assert {"finish_reason": "stop", "model_name": "vendor/model-1"}.items() <= info.items()


@pytest.mark.parametrize(
    "message",
    [{"content": "Hi"}, {"content": "Hi", **calls(call("f", "{}", id="c1"))}],
    ids=["text", "a call"],
)
def test_a_stream_reports_its_finish_once(message: Json) -> None:
    seen = Seen()
    ways = both(message, **TOLD)
    chunks = list(ways.model._stream([HumanMessage("hi")]))
    assert [made.generation_info for made in chunks[:-1]] == [None] * (len(chunks) - 1)
    expected = both(message, **TOLD).model._generate([HumanMessage("hi")]).generations[0]
    assert chunks[-1].generation_info == expected.generation_info
    list(ways.model.stream("hi", {"callbacks": [seen]}))
    (generation,) = seen.results[0].generations[0]
    assert isinstance(generation, ChatGenerationChunk)
    assert generation.generation_info == expected.generation_info
    assert generation.message.response_metadata == expected.message.response_metadata


def test_the_output_of_several_prompts_is_summed() -> None:
    model = both({"content": "Hi"}, meta={"usage": {"usd_spent": 0.5}}, **TOLD).model
    result = model.generate([[HumanMessage("one")], [HumanMessage("two")]])
    output = result.llm_output or {}
    assert output["token_usage"] == {
        "prompt_tokens": 6, "completion_tokens": 8, "total_tokens": 14,
        "prompt_tokens_details": {"cached_tokens": 4},
    }  # fmt: skip
    assert output["cost"] == {"usd": 1.0}
    assert (output["model_name"], output["system_fingerprint"]) == ("vendor/model-1", "fp_1")


def test_each_call_of_a_batch_reports_its_output() -> None:
    seen = Seen()
    both({"content": "Hi"}, **TOLD).model.batch(["one", "two"], {"callbacks": [seen]})
    assert [(r.llm_output or {})["token_usage"] for r in seen.results] == [TOKENS] * 2


def test_tokens_are_in_the_metadata_in_openais_names_in_every_way() -> None:
    ways = both({"content": "Hi"}, **TOLD)
    for message in (ways.invoked(), ways.streamed(), ways.assembled()):
        assert message.response_metadata["token_usage"] == TOKENS
    quiet = Ways(events=ways._stream, stream_usage=False).streamed()
    assert "token_usage" not in quiet.response_metadata


# --- the finish ---------------------------------------------------------------------------------
CALLED = calls(call("f", "{}", id="c1"))
FINISHES: dict[str, tuple[Json, str | None, tuple[Any, Any, Any]]] = {
    "stop": ({"content": "a"}, "stop", ("stop", "stop", "completed")),
    "length": ({"content": "a"}, "MAX_TOKENS", ("length", "length", "incomplete")),
    "filter": ({"content": "a"}, "safety", ("content_filter", "content_filter", "incomplete")),
    "calls": (CALLED, "tool_calls", ("tool_calls", "tool_call", "completed")),
    "calls, but stop": (CALLED, "stop", ("tool_calls", "tool_call", "completed")),
    "calls and no finish": (CALLED, None, ("tool_calls", "tool_call", "completed")),
    "a refusal": ({"refusal": "No."}, "stop", ("stop", "refusal", "completed")),
    "a refusal as the finish": (
        {"content": ""}, "refusal", ("content_filter", "refusal", "completed")),
    "unknown": ({"content": "a"}, "moon_phase", ("moon_phase", None, None)),
}  # fmt: skip


@pytest.mark.parametrize(("message", "finish", "expected"), FINISHES.values(), ids=FINISHES)
def test_the_finish_is_told_in_langchains_words_too(
    message: Json, finish: str | None, expected: tuple[Any, Any, Any]
) -> None:
    ways = both(message, finish=finish)
    names = ("finish_reason", "normalized_finish_reason", "finish_state")
    fields = {name: word for name, word in zip(names, expected, strict=True) if word}
    last = ways.chunks()[-1]
    event = ways.events()[-1]
    for metadata in (ways.invoked().response_metadata, last.response_metadata, event,
                 event["metadata"], ways.streamed().response_metadata):  # fmt: skip
        assert {name: metadata[name] for name in names if name in metadata} == fields
    for each in (ways.invoked(), ways.streamed()):
        kinds = {block["type"] for block in each.content_blocks}
        corrected = _finish_fields(
            each.response_metadata,
            has_tool_calls=bool(each.tool_calls),
            has_refusal="refusal" in kinds,
        )
        assert corrected == fields


# --- refusals -----------------------------------------------------------------------------------
REFUSED = [
    {"content": None, "refusal": "I won't."},
    {"content": [{"type": "refusal", "refusal": "I won't."}]},
]


@pytest.mark.parametrize("message", REFUSED, ids=["a field", "a part"])
def test_a_refusal_is_a_standard_block_in_every_way(message: Json) -> None:
    ways = both(message)
    for each in (ways.invoked(), ways.streamed(), ways.assembled()):
        assert blocks_of(each) == [{"type": "refusal", "refusal": "I won't."}]
    v1 = Ways(ways._body, ways._stream, output_version="v1")
    for each in (ways.invoked(), ways.streamed(), v1.invoked(), v1.streamed()):
        assert [block["type"] for block in each.content_blocks] == ["refusal"]


def _refusal_error() -> type[Exception]:
    from langchain_core import exceptions  # noqa: PLC0415  # asked for what it has

    return getattr(exceptions, "ModelRefusalError", OutputParserException)


def test_a_refusal_says_why_with_a_langchain_that_has_no_error_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("langchain_core.exceptions.ModelRefusalError", raising=False)
    model = both(REFUSED[0]).model.with_structured_output({"title": "Answer", "type": "object"})
    with pytest.raises(OutputParserException, match=r"refused: I won't\."):
        model.invoke("?")


@pytest.mark.parametrize("message", REFUSED, ids=["a field", "a part"])
@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output_raises_what_the_model_refused(message: Json, method: Any) -> None:
    schema = {"title": "Answer", "type": "object", "properties": {"n": {"type": "integer"}}}
    model = both(message).model
    with pytest.raises(_refusal_error(), match="I won't") as raised:
        model.with_structured_output(schema, method=method).invoke("?")
    raw = getattr(raised.value, "raw_message", None)
    assert raw is None or blocks_of(raw) == [{"type": "refusal", "refusal": "I won't."}]
    answer = model.with_structured_output(schema, method=method, include_raw=True).invoke("?")
    assert isinstance(answer, dict)
    assert isinstance(answer["parsing_error"], _refusal_error())
    assert isinstance(answer["raw"], AIMessage)


def test_a_json_answer_beside_other_calls_is_the_answer() -> None:
    def search(query: str) -> str:
        """Search."""
        return query

    schema = {"title": "Answer", "type": "object", "properties": {"n": {"type": "integer"}}}
    other = calls(call("search", '{"query": "q"}', id="c1"))
    for content, parsed in (('{"n": 1}', {"n": 1}), (None, None)):
        chain = both({"content": content, **other}).model.with_structured_output(
            schema, method="json_schema", tools=[search]
        )
        assert chain.invoke("?") == parsed


def test_generations_are_those_of_a_chat_model() -> None:
    result = both({"content": "Hi"}).model.generate([[HumanMessage("hi")]])
    assert isinstance(result.generations[0][0], ChatGeneration)


def test_the_type_of_media_among_the_parts_is_the_one_that_is_given() -> None:
    part = {"type": "image", "data": "UklGRg==", "media_type": "image/webp"}
    (block,) = Ways(body({"content": [part]})).invoked().content_blocks
    assert block == {"type": "image", "base64": "UklGRg==", "mime_type": "image/webp"}
