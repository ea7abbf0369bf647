"""Answers of chat/completions: what each says, in every way in which it can be asked for."""

from __future__ import annotations

from typing import Any

import pytest
from ways import (
    MADE_UP,
    NO_JSON,
    Json,
    all_ways,
    assert_says,
    blocks_of,
    image,
    invalid_call,
    other,
    refusal,
    says,
    text,
    thought,
    tool_call,
)
from wire import DONE, call, calls, chat_streams, chunk, completion, sse, streamed, usage

PNG = "iVBORw0KGgo="
URL = "https://x.io/a.png"
IMAGE_URL = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
SIGNED = {"type": "reasoning.text", "text": "Hmm.", "signature": "c2ln", "format": "v1", "index": 0}
CITED = {"type": "url_citation", "url_citation": {"url": URL, "title": "T", "start_index": 0}}
FLAT = {"type": "url_citation", "url": URL, "content": "c", "end_index": "no"}
CITATION = {"type": "citation", "url": URL, "title": "T", "start_index": 0}
FILE = {"type": "file", "id": 1}
SIGNATURE = {"google": {"thought_signature": "c2ln"}}
VOICE = {"id": "a1", "data": "UklGRgABAgMEBQ==", "transcript": "Hello", "expires_at": 17}
WEATHER = call("f", '{"a": 1}', id="c1")
LEGACY = {"function_call": {"name": "f", "arguments": '{"a": 1}'}}
TOKENS = {"content": [{"token": "H", "logprob": -0.5}, {"token": "i"}]}
COST = {"meta": {"usage": {"credits_used": 10, "usd_spent": 0.001}}}


def parts(*content: Any, **more: Any) -> Json:
    return completion({"role": "assistant", "content": list(content), **more})


def called(*entries: Any) -> Json:
    return completion(calls(*entries), finish="tool_calls")


def says_calls(*blocks: Json) -> Json:
    return says(*blocks, finish="tool_calls")


HOLOGRAM = {"type": "hologram", "x": 1}
ODD = {"type": 5, "text": "odd"}
# What a part of the content is shown as.
MEDIA: list[tuple[Any, Json]] = [
    ({"type": "text", "text": "Hi"}, text("Hi")),
    (IMAGE_URL, image(base64=PNG, mime_type="image/png")),
    ({"type": "image_url", "image_url": URL}, image(url=URL)),
    ({"type": "image", "b64_json": PNG, "media_type": "image/webp"},
     image(base64=PNG, mime_type="image/webp")),
    ({"type": "image", "data": PNG, "media_type": "image/gif"},
     image(base64=PNG, mime_type="image/gif")),
    ({"type": "output_image", "base64": PNG, "mime_type": 5}, image(base64=PNG)),
    ({"type": "video_url", "video_url": {"url": URL}}, {"type": "video", "url": URL}),
    ({"type": "output_audio", "data": "AA==", "mime_type": "audio/wav"},
     {"type": "audio", "base64": "AA==", "mime_type": "audio/wav"}),
    ({"type": "image", "url": "data:,plain"}, image(url="data:,plain")),
    ({"type": "image", "url": "data:;base64,AA=="}, image(base64="AA==")),
    (HOLOGRAM, other(HOLOGRAM)),
    (ODD, other(ODD)),
    ({"image_url": {"url": URL}}, image(url=URL)),
    ("Ho", text("Ho")),
]  # fmt: skip
ANSWERS: dict[str, tuple[Json, Json]] = {
    # --- text ---
    "text": (completion({"content": "Hi"}, usage=usage(1, 2, total_tokens=3)),
             says(text("Hi"), usage=(1, 2))),
    "null content": (completion({"content": None}), says()),
    "no content": (completion({"role": "assistant"}), says()),
    "content as a list": (parts({"type": "text", "text": "Hi"}, " there", {"text": "!"}),
                          says(text("Hi there!"))),
    "content as an object": (completion({"content": {"title": "Ünit", "n": [1]}}),
                             says(text('{"title": "Ünit", "n": [1]}'))),
    "a delta in place of the message": (
        {"id": "1", "choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]},
        says(text("Hi")),
    ),
    # --- refusals ---
    "a refusal": (completion({"content": None, "refusal": "I won't."}),
                  says(refusal("I won't."), kwargs={"refusal": "I won't."})),
    "a refusal among the parts": (parts({"type": "refusal", "refusal": "I won't."}),
                                  says(refusal("I won't."), kwargs={"refusal": "I won't."})),
    # --- calls ---
    "parallel calls": (
        called(call("f", '{"a": "ü \\"\\u00fc\\\\"}', id="c1", type="function"),
               call("g", "", id="c2")),
        says_calls(tool_call("f", {"a": 'ü "ü\\'}), tool_call("g", {}, "c2")),
    ),
    "text, reasoning and a call": (
        completion({"content": "Let me see.", "reasoning_content": "Hmm.",
                    **calls(call("f", '{"a": [1, {"b": null}]}', id="c1"))}, finish="tool_use"),
        says(thought("Hmm."), text("Let me see."), tool_call("f", {"a": [1, {"b": None}]}),
             finish="tool_calls", native="tool_use"),
    ),
    "arguments as an object": (called(call("f", {"a": [1]}, id="c1")),
                               says_calls(tool_call("f", {"a": [1]}))),
    "calls without ids": (
        called(call("f", "{}"), call("f", '{"a": 1}', id="")),
        says_calls(tool_call("f", {}, MADE_UP), tool_call("f", {"a": 1}, MADE_UP)),
    ),
    "a call in the older form": (
        completion({"content": None, **LEGACY}, finish="function_call"),
        says(tool_call("f", {"a": 1}, MADE_UP), finish="tool_calls", native="function_call"),
    ),
    "a call in both forms": (completion({**calls(WEATHER), **LEGACY}),
                             says(tool_call("f", {"a": 1}), finish="tool_calls", native="stop")),
    "a custom tool": (called({"id": "c1", "custom": {"name": "sh", "input": 'é "b"\n'}}),
                      says_calls(tool_call("sh", {"input": 'é "b"\n'}))),
    "a call that is cut off beside one that is whole": (
        completion(calls(call("f", '{"a": "b', id="c1"), call("g", '{"c": 1}', id="c2")),
                   finish="length"),
        says(tool_call("g", {"c": 1}, "c2"), invalid_call("f", '{"a": "b', NO_JSON),
             finish="length"),
    ),
    "calls that cannot be read": (
        called(call(None, '{"a": 1}', id="c1"), call("g", "[1]", id="c2")),
        says_calls(invalid_call(None, '{"a": 1}', "The call names no tool."),
                   invalid_call("g", "[1]", "Arguments are no JSON object but list.", "c2")),
    ),
    # --- media ---
    "media among the parts": (parts(*(sent for sent, _ in MEDIA)),
                              says(*(shown for _, shown in MEDIA))),
    "one image twice, in two places": (
        parts({"image_url": URL}, {"text": "A"}, {"image_url": URL}, {"text": "B"}),
        says(image(url=URL), text("A"), image(url=URL), text("B")),
    ),
    "images beside the content": (
        completion({"content": "Here:", "images": [
            IMAGE_URL, {"image_url": {"url": URL}}, URL, {"image_url": "https://x.io/2"},
            {"type": "image", "b64_json": "AQ=="}, 5, {}, "",
        ]}),
        says(text("Here:"), image(base64=PNG, mime_type="image/png"), image(url=URL),
             image(url="https://x.io/2"), image(base64="AQ==")),
    ),
    "one image beside no content": (completion({"content": "", "images": {"url": URL}}),
                                    says(image(url=URL))),
    "speech": (
        completion({"content": None, "audio": VOICE}),
        says({"type": "audio", "id": "a1", "base64": VOICE["data"], "mime_type": "audio/wav",
              "extras": {"transcript": "Hello", "expires_at": 17}}),
    ),
    # --- citations ---
    "citations": (
        completion({"content": "Hi", "annotations": [CITED, FLAT, FILE, CITED]},
                   citations=[URL], search_results=[{"url": URL}]),
        says(text("Hi", annotations=[CITATION,
                                     {"type": "citation", "url": URL, "cited_text": "c"},
                                     {"type": "non_standard_annotation", "value": FILE}]),
             metadata={"citations": [URL], "search_results": [{"url": URL}]}),
    ),
    "citations of nothing": (
        completion({"content": None, "annotations": [CITED]}),
        says(text("", annotations=[CITATION]), kwargs={"annotations": [CITED]}),
    ),
    # --- what else there is ---
    "logprobs": (completion({"content": "Hi"}, logprobs=TOKENS),
                 says(text("Hi"), metadata={"logprobs": TOKENS})),
    "fields that only some vendors have": (
        completion({"content": "Hi", "extra_content": SIGNATURE, "encrypted_content": "ZW5j",
                    "odd": 1},
                   native_finish_reason="STOP", system_fingerprint="fp_1", service_tier="default",
                   created=1),
        says(text("Hi"), native="STOP",
             metadata={"system_fingerprint": "fp_1", "service_tier": "default"},
             kwargs={"extra_content": SIGNATURE, "encrypted_content": "ZW5j"}),
    ),
    "everything at once": (
        completion({"content": "See:", "reasoning": "Hmm.", "reasoning_details": [SIGNED],
                    "refusal": "No.", "annotations": [CITED],
                    "images": [{"image_url": {"url": URL}}],
                    **calls({**WEATHER, "extra_content": SIGNATURE})},
                   finish="tool_calls", **COST,
                   usage=usage(5, 7, completion_tokens_details={"reasoning_tokens": 3})),
        says(thought("Hmm.", {"signature": "c2ln", "format": "v1"}),
             text("See:", annotations=[CITATION]), image(url=URL), refusal("No."),
             tool_call("f", {"a": 1}, extras={"extra_content": SIGNATURE}),
             finish="tool_calls", usage=(5, 7), cost={"usd": 0.001, "credits": 10}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_says_the_same_in_every_way(body: Json, expected: Json) -> None:
    assert_says(all_ways(body), expected)


# Forms that are not cut in pieces: deltas replace what comes beside them.
FLAT_CALL = {"name": "k", "arguments": {"x": 1}, "id": 8}
WHOLE: dict[str, tuple[Json, Json]] = {
    "a refusal in two places": (parts({"type": "refusal", "refusal": "No."}, refusal=" Never."),
                                says(refusal("No. Never."))),
    "a list of calls that is none": (
        completion({"content": "", "tool_calls": WEATHER}, finish="tool_calls"),
        says_calls(tool_call("f", {"a": 1})),
    ),
    "a call that is written flat, beside what is none": (called(FLAT_CALL, 5, None),
                                                         says_calls(tool_call("k", {"x": 1}, "8"))),
    "citations of a part": (parts({"type": "text", "text": "Hi", "annotations": [CITED, 5]}),
                            says(text("Hi", annotations=[CITATION]))),
    **{f"audio that is {odd!r}": (completion({"content": "Hi", "audio": odd}), says(text("Hi")))
       for odd in ("x", ["x"], 7)},
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), WHOLE.values(), ids=WHOLE)
def test_an_answer_that_comes_whole_says_the_same_in_every_way(body: Json, expected: Json) -> None:
    assert_says(all_ways(body, {"one chunk": chat_streams(body)["one chunk"]}), expected)


def test_a_text_in_place_of_a_message_is_read_in_every_way() -> None:
    def of(value: str, finish: str | None) -> Json:
        return {"id": "1", "choices": [{"text": value, "finish_reason": finish}]}

    stream = sse([of("Hel", None), of("lo", "stop"), DONE])
    assert_says(all_ways(of("Hello", "stop"), {"pieces": stream}), says(text("Hello")))


def test_text_in_pieces_around_an_image_keeps_its_place() -> None:
    two = "https://x.io/2"
    events = [
        chunk({"content": "He"}),
        chunk({"content": "re:", "images": [URL]}),
        chunk({"content": " and"}),
        chunk({"images": [URL, two]}),
        chunk({"content": " so", "annotations": [CITED]}, finish="stop"),
    ]
    here = text("Here:", annotations=[CITATION])
    expected = [here, image(url=URL), text(" and"), image(url=two), text(" so")]
    for version in ("v0", "v1"):
        assert blocks_of(streamed(events, output_version=version)) == expected


def test_what_is_said_of_audio_counts_if_it_is_of_its_type() -> None:
    pieces = [{"id": "a1", "transcript": ["x"], "expires_at": "soon"}, VOICE, {"transcript": 5}]
    (block,) = blocks_of(streamed([*(chunk({"audio": one}) for one in pieces), DONE]))
    assert block["extras"]["transcript"] == VOICE["transcript"]


def test_audio_that_is_no_base64_is_kept_as_it_came() -> None:
    data = "\u00e9=" + "A" * 98
    pieces = [{"audio": {"id": "a1", "data": part}} for part in (data[:50], data[50:])]
    (block,) = blocks_of(streamed([*map(chunk, pieces), DONE]))
    assert (block["type"], block["base64"]) == ("audio", data)
