"""Bodies that were not streamed, and what their message says."""

from .reading import Case, body, call, calls, usage

PNG = "iVBORw0KGgo="

SIGNED = {
    "type": "reasoning.text",
    "text": "Hmm.",
    "signature": "c2ln",
    "format": "anthropic-claude-v1",
    "index": 0,
}
ENCRYPTED = {
    "type": "reasoning.encrypted",
    "data": "ZW5j",
    "format": "google-gemini-v1",
    "index": 0,
}
REDACTED = {
    "type": "reasoning.encrypted",
    "data": "cmVk",
    "format": "anthropic-claude-v1",
    "index": 1,
}
CITED = {
    "type": "url_citation",
    "url_citation": {"start_index": 0, "end_index": 3, "title": "Sky", "url": "https://sky.test"},
}
THOUGHT_SIGNATURE = {"google": {"thought_signature": "c2ln"}}

BODIES: dict[str, Case] = {
    # --- text ---
    "text": Case(
        body({"role": "assistant", "content": "Hi"}, usage=usage(1, 2, total_tokens=3)),
        {"text": "Hi", "finish": "stop", "usage": (1, 2)},
    ),
    "null content": Case(body({"content": None}), {"finish": "stop"}),
    "no content": Case(body({"role": "assistant"}), {"finish": "stop"}),
    "content as a list of parts": Case(
        body({"content": [{"type": "text", "text": "Hi"}, " there", {"text": "!"}]}),
        {"text": "Hi there!", "finish": "stop"},
    ),
    "content as an object": Case(
        body({"content": {"title": "Ünit", "n": [1]}}),
        {"text": '{"title": "Ünit", "n": [1]}', "finish": "stop"},
    ),
    "a delta instead of a message": Case(
        body(None, choices=[{"delta": {"content": "Hi"}, "finish_reason": "stop"}]),
        {"text": "Hi", "finish": "stop"},
    ),
    "vendor words for the finish": Case(
        body({"content": "Hi"}, finish="MAX_TOKENS"),
        {"text": "Hi", "finish": "length", "native": "MAX_TOKENS"},
    ),
    "a finish of no known meaning": Case(
        body({"content": "Hi"}, finish="moon_phase"), {"text": "Hi", "finish": "moon_phase"}
    ),
    "a refusal": Case(
        body({"content": None, "refusal": "I won't."}), {"refusal": "I won't.", "finish": "stop"}
    ),
    "a refusal among the parts": Case(
        body({"content": [{"type": "refusal", "refusal": "I won't."}]}),
        {"refusal": "I won't.", "finish": "stop"},
    ),
    # --- reasoning ---
    "reasoning": Case(
        body({"content": "Yes", "reasoning_content": "Hmm."}),
        {"text": "Yes", "reasoning": "Hmm.", "finish": "stop"},
    ),
    "empty reasoning": Case(
        body({"content": "Yes", "reasoning_content": ""}), {"text": "Yes", "finish": "stop"}
    ),
    "reasoning in two fields, one signed": Case(
        body({"content": "Yes", "reasoning": "Hmm.", "reasoning_details": [SIGNED, REDACTED]}),
        {"text": "Yes", "reasoning": "Hmm.", "finish": "stop"},
    ),
    "reasoning summarised and encrypted": Case(
        body(
            {
                "content": "Yes",
                "reasoning_details": [
                    {"type": "reasoning.summary", "summary": "Hmm.", "index": 0},
                    ENCRYPTED,
                ],
            }
        ),
        {"text": "Yes", "reasoning": "Hmm.", "finish": "stop"},
    ),
    "thinking parts": Case(
        body(
            {
                "content": [
                    {"type": "thinking", "thinking": "Hmm.", "signature": "c2ln"},
                    {"type": "redacted_thinking", "data": "cmVk"},
                    {"type": "text", "text": "Yes"},
                ]
            }
        ),
        {"text": "Yes", "reasoning": "Hmm.", "finish": "stop"},
    ),
    "thinking parts that hold parts": Case(
        body(
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "Hmm."}]},
                    {"type": "text", "text": "Yes"},
                ]
            }
        ),
        {"text": "Yes", "reasoning": "Hmm.", "finish": "stop"},
    ),
    # --- tool calls ---
    "parallel calls": Case(
        body(
            {
                "content": None,
                **calls(
                    call("f", '{"a": 1}', id="c1", type="function"),
                    call("g", "", id="c2", type="function"),
                ),
            },
            finish="tool_calls",
        ),
        {"calls": [("f", {"a": 1}), ("g", {})], "finish": "tool_calls"},
    ),
    "text, reasoning and a call": Case(
        body(
            {
                "content": "Let me see.",
                "reasoning_content": "Hmm.",
                **calls(call("f", {"a": [1, {"b": None}]}, id="c1")),
            },
            finish="tool_use",
        ),
        {
            "text": "Let me see.",
            "reasoning": "Hmm.",
            "calls": [("f", {"a": [1, {"b": None}]})],
            "finish": "tool_calls",
            "native": "tool_use",
        },
    ),
    "calls without ids": Case(
        body(calls(call("f", "{}"), call("f", "{}", id=""))),
        {"calls": [("f", {}), ("f", {})], "finish": "tool_calls", "native": "stop"},
    ),
    "a legacy function call": Case(
        body(
            {"content": None, "function_call": {"name": "f", "arguments": '{"a": 1}'}},
            finish="function_call",
        ),
        {"calls": [("f", {"a": 1})], "finish": "tool_calls", "native": "function_call"},
    ),
    "a custom tool": Case(
        body(calls({"id": "c1", "type": "custom", "custom": {"name": "sh", "input": 'a "b"\n'}})),
        {"calls": [("sh", {"input": 'a "b"\n'})], "finish": "tool_calls", "native": "stop"},
    ),
    "a call with a thought signature": Case(
        body(
            calls(
                call("f", "{}", id="c1", extra_content=THOUGHT_SIGNATURE), call("g", "{}", id="c2")
            )
        ),
        {"calls": [("f", {}), ("g", {})], "finish": "tool_calls", "native": "stop"},
    ),
    "one call that is cut off and one that is whole": Case(
        body(
            calls(call("f", '{"a": "b', id="c1"), call("g", '{"c": 1}', id="c2")), finish="length"
        ),
        {"calls": [("g", {"c": 1})], "invalid": ["f"], "finish": "length"},
    ),
    # --- media and what else there is ---
    "an image": Case(
        body(
            {
                "content": "Here:",
                "images": [
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
                ],
            }
        ),
        {"text": "Here:", "finish": "stop"},
    ),
    "two images and no text": Case(
        body(
            {
                "content": "",
                "images": [
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                    {"type": "image_url", "image_url": {"url": "https://img.test/1.png"}},
                ],
            }
        ),
        {"finish": "stop"},
    ),
    "speech": Case(
        body(
            {
                "content": None,
                "audio": {
                    "id": "audio_1",
                    "data": "UklGRgABAgMEBQ==",
                    "transcript": "Hello",
                    "expires_at": 17,
                },
            }
        ),
        {"finish": "stop"},
    ),
    "citations": Case(
        body(
            {"content": "Sky is blue.", "annotations": [CITED, {"type": "file_citation", "n": 1}]},
            citations=["https://sky.test"],
            search_results=[{"url": "https://sky.test"}],
        ),
        {"text": "Sky is blue.", "finish": "stop"},
    ),
    "logprobs": Case(
        body(
            {"content": "Hi"},
            logprobs={
                "content": [{"token": "H", "logprob": -0.5}, {"token": "i", "logprob": 0}],
                "refusal": None,
            },
        ),
        {"text": "Hi", "finish": "stop"},
    ),
    "fields that only some vendors have": Case(
        body(
            {"content": "Hi", "extra_content": THOUGHT_SIGNATURE, "encrypted_content": "ZW5j"},
            system_fingerprint="fp_1",
            service_tier="default",
        ),
        {"text": "Hi", "finish": "stop"},
    ),
    "everything at once": Case(
        body(
            {
                "content": "See:",
                "reasoning": "Hmm.",
                "reasoning_details": [SIGNED],
                "refusal": "No.",
                "annotations": [CITED],
                "images": [{"image_url": {"url": "https://img.test/1.png"}}],
                **calls(call("f", '{"a": 1}', id="c1", extra_content=THOUGHT_SIGNATURE)),
            },
            finish="tool_calls",
            usage=usage(5, 7, completion_tokens_details={"reasoning_tokens": 3}),
            meta={"usage": {"credits_used": 10, "usd_spent": 0.001}},
        ),
        {
            "text": "See:",
            "reasoning": "Hmm.",
            "refusal": "No.",
            "calls": [("f", {"a": 1})],
            "finish": "tool_calls",
            "usage": (5, 7),
            "cost": {"usd": 0.001, "credits": 10},
        },
    ),
}
