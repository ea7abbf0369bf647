"""Odd answers of `/chat/completions`: all that comes out of each stands in `answers.json`."""

from __future__ import annotations

from typing import Any

from .reading import END, body, call, calls, chunk, usage

Json = dict[str, Any]

PNG = "iVBORw0KGgo="
URL = "https://x.io/a.png"
CITED = {"type": "url_citation", "url_citation": {"url": URL, "title": "T", "start_index": 0}}
FLAT = {"type": "url_citation", "url": URL, "content": "c", "end_index": "no"}
TOKENS = [{"token": "Hi", "logprob": -0.1}]


def parts(*content: Any, **more: Any) -> Json:
    return body({"role": "assistant", "content": list(content), **more})


CHAT_BODIES: dict[str, Json] = {
    "media among the parts": parts(
        {"type": "text", "text": "Hi"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        {"type": "image_url", "image_url": URL},
        {"type": "image", "b64_json": PNG, "media_type": "image/webp"},
        {"type": "output_image", "base64": PNG, "mime_type": 5},
        {"type": "video_url", "video_url": {"url": "https://x.io/v"}},
        {"type": "output_audio", "data": "AA==", "mime_type": "audio/wav"},
        {"type": "image", "url": "data:,plain"},
        {"type": "image", "url": "data:;base64,AA=="},
        {"type": "hologram", "x": 1},
        {"image_url": {"url": URL}},
        "Ho",
    ),
    "images beside the content": body(
        {"content": "Hi", "images": [{"image_url": {"url": URL}}, URL, 5, {}, ""]}
    ),
    "one image beside the content": body({"content": "", "images": {"url": URL}}),
    "thoughts among the parts": parts(
        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
        {"type": "reasoning", "summary": [{"text": "S"}]},
        {"type": "redacted_thinking", "data": "cmVk"},
        {"type": "thinking", "thinking": [{"type": "text", "text": "M"}]},
        {"type": "output_text", "text": "Hi", "annotations": [CITED, 5]},
        {"type": 5, "text": "odd"},
    ),
    "thinking blocks of a proxy": body(
        {
            "content": "Hi",
            "reasoning_content": "Hm.",
            "thinking_blocks": [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}, 5],
        }
    ),
    "thinking blocks beside details": body(
        {
            "content": "Hi",
            "thinking_blocks": [{"type": "thinking", "thinking": "Hm."}],
            "reasoning_details": [{"type": "reasoning.text", "text": "Hm.", "id": "r1"}],
        }
    ),
    "details of many kinds": body(
        {
            "content": "Hi",
            "reasoning": "Hm. So.",
            "reasoning_details": [
                {"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "index": 0},
                {"type": "reasoning.text", "text": " So.", "index": 0},
                {"type": "reasoning.summary", "summary": "S", "id": "a", "index": 1},
                {"type": "reasoning.summary", "summary": "T", "id": "b", "index": 1},
                {"type": "reasoning.encrypted", "data": "cmVk", "index": 2, "format": None},
                {"type": "reasoning.encrypted", "data": "Z29v", "format": "google-v1", "id": 7},
            ],
        }
    ),
    "details that disagree": body(
        {
            "content": "Hi",
            "reasoning_content": "Other.",
            "reasoning_details": [
                {"type": "reasoning.text", "text": "Hm.", "signature": "s", "index": 0},
                {"type": "reasoning.encrypted", "data": "cmVk", "index": 1},
            ],
        }
    ),
    "details that only seal": body(
        {
            "content": "Hi",
            "reasoning_content": "Other.",
            "reasoning_details": [{"type": "reasoning.encrypted", "data": "cmVk", "index": 0}],
        }
    ),
    "citations": body(
        {"content": "Hi", "annotations": [CITED, FLAT, {"type": "file", "id": 1}, CITED]},
        citations=[URL],
        search_results=[{"url": URL}],
    ),
    "citations of nothing": body({"content": None, "annotations": [CITED]}),
    "a refusal and a text": body({"content": "Hi", "refusal": "No."}),
    "a refusal in parts": parts({"type": "refusal", "refusal": "No."}, refusal=" Never."),
    "a spoken answer": body(
        {
            "content": None,
            "audio": {"id": "aud_1", "data": "UklGRiQAAABXQVZFZm10IA==", "transcript": "Hi"},
        }
    ),
    "calls": body(
        {
            "content": "Hi",
            "tool_calls": [
                call("f", '{"a": "ü"}', id="c1", type="function", extra_content={"g": 1}),
                call("g", {"b": [1]}, id="c2"),
                call("h", '{"a', id="c3"),
                call(None, "{}", id="c4"),
                call("i", "[1]", id="c5"),
                call("j", "  ", id="c6"),
                {"type": "custom", "id": "c7", "custom": {"name": "sh", "input": 'é "x"\n'}},
                {"name": "k", "arguments": {"x": 1}, "id": 8},
                5,
            ],
        },
        finish="stop",
    ),
    "calls without ids": body({"tool_calls": [call("f", "{}"), call("f", '{"a": 1}')]}),
    "one call that is no list": body({"tool_calls": call("f", "{}", id="c1")}),
    "a call in the older form": body(
        {"content": None, "function_call": {"name": "f", "arguments": '{"a": 1}'}},
        finish="function_call",
    ),
    "a call in both forms": body(
        {
            "tool_calls": [call("f", "{}", id="c1")],
            "function_call": {"name": "f", "arguments": "{}"},
        }
    ),
    "facts": body(
        {"role": "assistant", "content": "Hi", "name": "bob", "odd": 1, "provider_specific": {}},
        finish="end_turn",
        native_finish_reason="STOP",
        logprobs={"content": TOKENS, "refusal": None},
        usage=usage(
            9,
            5,
            total_tokens=14,
            prompt_tokens_details={"cached_tokens": 4, "audio_tokens": 1},
            completion_tokens_details={"reasoning_tokens": 2, "audio_tokens": 3},
        ),
        meta={"usage": {"credits_used": 130.4, "usd_spent": "0.0065"}},
        system_fingerprint="fp",
        service_tier="default",
        created=1,
    ),
    "a cost of the upstream": body({"content": "Hi"}, usage=usage(1, 2, cost={"total": 0.5})),
    "counts of Groq": body({"content": "Hi"}, x_groq={"usage": usage(1, 2)}),
    "several answers": {
        "id": "gen-1",
        "model": "m",
        "usage": usage(1, 2),
        "choices": [
            {"index": 0, "message": {"content": "A"}, "finish_reason": "stop"},
            {"index": 1, "message": {"content": "B", "refusal": "No"}, "finish_reason": "length"},
            {"index": 2, "text": "C", "logprobs": {"tokens": ["C"]}},
        ],
    },
    "an answer without an id": {"choices": [{"message": {"content": "A"}}]},
    "numbers as names": {
        "id": 7,
        "model": 8,
        "choices": [{"message": {"tool_calls": [call("f", "{}")]}, "finish_reason": 9}],
    },
}

CHAT_STREAMS: dict[str, list[Any]] = {
    "a call in pieces": [
        chunk({"role": "assistant", "content": None}),
        chunk(calls(call("f", "", id="c1", index=0))),
        chunk(calls(call(None, '{"a"', index=0), call("g", '{"b": 1}', id="c2", index=1))),
        chunk(calls(call(None, ': "ü"}', index=0, extra_content={"g": 1}))),
        chunk({}, finish="tool_calls"),
        END,
    ],
    "broken calls": [
        chunk(calls(call("f", '{"a": [1, "x', id="c1", index=0))),
        chunk(calls(call("g", '{"a": {', id="c2", index=1))),
        chunk(calls(call("h", "[1]", id="c3", index=2), call("i", '{"a": "\\', id="c4", index=3))),
        chunk(calls(call(None, "{}", id="c5", index=4), call("j", "]", id="c6", index=5))),
        chunk({}, finish="tool_calls"),
        END,
    ],
    "free text in pieces": [
        chunk(calls({"index": 0, "id": "c1", "custom": {"name": "sh", "input": 'ls "'}})),
        chunk(calls({"index": 0, "custom": {"input": 'é"\n'}})),
        chunk({}, finish="tool_calls"),
        END,
    ],
    "text around an image": [
        chunk({"content": "Hi "}),
        chunk({"content": [{"type": "text", "text": "you"}]}),
        chunk({"images": [{"image_url": {"url": URL}}]}),
        chunk({"content": "Ho"}),
        chunk({"images": [{"image_url": {"url": URL}}, URL]}),
        chunk(calls(call("f", "{}", id="c1", index=0))),
        chunk({"content": "!"}),
        chunk({}, finish="stop"),
        END,
    ],
    "speech in pieces": [
        chunk({"audio": {"id": "aud_1", "transcript": "Hi"}}),
        chunk({"audio": {"data": "UklGRiQ"}}),
        chunk({"audio": {"data": "AAABXQVZFZm10IA=", "transcript": " you"}}),
        chunk({"audio": {"data": "=", "expires_at": 5}}),
        chunk({}, finish="stop"),
        END,
    ],
    "speech without a type": [
        chunk({"audio": {"data": "AAAA"}}),
        chunk({"audio": {"data": "BB"}}, finish="stop"),
        END,
    ],
    "reasoning in pieces": [
        chunk({"reasoning_content": "Hm"}),
        chunk({"reasoning_content": ".", "reasoning": "Hm."}),
        chunk({"reasoning": " So.", "content": ""}),
        chunk({"reasoning_details": [{"type": "reasoning.text", "signature": "c2ln"}]}),
        chunk({"content": "Hi"}),
        chunk({"content": "!"}),
        chunk({}, finish="stop"),
        END,
    ],
    "another index later": [
        chunk({"content": "H"}),
        chunk({"content": "i"}),
        chunk({"content": "A"}, index=1),
        chunk({"content": "!"}),
        chunk({"reasoning": {"content": "Hm."}}),
        chunk({"content": "?"}, finish=""),
        chunk({}, finish="stop"),
        END,
    ],
    "a refusal in pieces": [
        chunk({"refusal": "No"}),
        chunk({"refusal": " way."}),
        chunk({}, finish="stop"),
        END,
    ],
    "facts in pieces": [
        chunk({"content": "H"}, logprobs={"content": TOKENS}, system_fingerprint="fp"),
        chunk({"content": "i"}, service_tier="flex", logprobs={"content": TOKENS, "x": None}),
        chunk({"content": "!"}, citations=[URL]),
        chunk({"annotations": [CITED]}),
        chunk({"annotations": [CITED, FLAT]}, finish="length", native_finish_reason="MAX_TOKENS"),
        {"choices": [], "usage": usage(9, 5, total_tokens=14)},
        {"choices": [], "meta": {"usage": {"credits_used": 130, "usd_spent": 0.0065}}},
        END,
    ],
    "halves of a character": [
        b'data: {"id": "1", "model": "m", "choices": [{"delta": {"content": "a\\ud83d"}}]}\n\n',
        b'data: {"id": "1", "model": "m", "choices": [{"delta": {"content": "\\uDE00b"}}]}\n\n',
        b'data: {"id": "1", "model": "m", "choices": [{"delta": {"content": "c\\uD83D"}}]}\n\n',
        b'data: {"id": "1", "model": "m", "choices": [{"delta": {"content": "d"}}]}\n\n',
        chunk({}, finish="stop"),
        END,
    ],
    "numbers that are too long": [
        b'data: {"id": "1", "x": '
        + b"9" * 5000
        + b', "choices": [{"delta": {"content": "a"}}]}\n\n',
        b'data: {"id": "1", "choices": [{"delta": {"content": "\xff\\ud800"}}], "y": NaN}\n\n',
        chunk({}, finish="stop"),
        END,
    ],
    "a whole message": [chunk(None, message={"content": "Hi", "role": "assistant"}, finish="stop")],
    "an end by itself": [chunk({"content": "Hi"}), END, chunk({"content": "more"})],
    "a call in the older form": [
        chunk({"function_call": {"name": "f", "arguments": '{"a"'}}),
        chunk({"function_call": {"arguments": ": 1}"}}, finish="function_call"),
        END,
    ],
    "wrapped": [
        {"event": chunk({"content": "Hi"}), "state": {"usage": {"input_tokens": 5}}},
        {
            "event": chunk({}, finish="stop"),
            "state": {"usage": {"output_tokens": 3}, "finishReason": "end_turn"},
        },
        END,
    ],
}
