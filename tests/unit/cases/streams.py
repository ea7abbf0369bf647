"""Streams: the events, and what the merged message holds."""

from .reading import END, Case, call, calls, chunk, usage
from .stream_calls import CALLS

STREAMS: dict[str, Case] = {
    # --- text ---
    "text in pieces": Case(
        [
            chunk({"role": "assistant", "content": ""}),
            chunk({"content": "Hi"}),
            chunk({"content": " there"}),
            chunk({}, finish="stop"),
            END,
        ],
        {"text": "Hi there", "finish": "stop"},
    ),
    "no [DONE], the last chunk without a delta": Case(
        [chunk({"content": "Hi"}), chunk({"content": ""}, finish="stop"), chunk(finish="stop")],
        {"text": "Hi", "finish": "stop"},
    ),
    "no finish reason, but [DONE]": Case([chunk({"content": "Hi"}), END], {"text": "Hi"}),
    "an unterminated last line": Case(
        [chunk({"content": "Hi"}), chunk({}, finish="stop"), b"data: [DONE]"],
        {"text": "Hi", "finish": "stop"},
    ),
    "[DONE] as an event of its own": Case(
        [chunk({"content": "Hi"}), b"event: done\ndata: [DONE]\n\n"], {"text": "Hi"}
    ),
    "data after [DONE]": Case(
        [chunk({"content": "Hi"}), END, chunk({"content": "!"}), {"error": {"message": "late"}}],
        {"text": "Hi"},
    ),
    "null content, null delta, null choices, empty choices": Case(
        [
            chunk({"content": None}),
            chunk(None),
            {"choices": None},
            {"choices": []},
            {"choices": [None]},
            {"choices": [{"delta": None}]},
            chunk({"content": "Hi"}),
            END,
        ],
        {"text": "Hi"},
    ),
    "null, empty, blank and foreign events": Case(
        [
            "null",
            "",
            b": ping\n\n",
            b"id: 1\n\n",
            b'event: ping\ndata: {"type": "ping"}\n\n',
            b"event: ping\ndata: now\n\n",
            "[]",
            "17",
            chunk({"content": "Hi"}),
            END,
        ],
        {"text": "Hi"},
    ),
    "separators that only other languages know": Case(
        [chunk({"content": "a\u2028b\u2029c\u0085d"}), END],
        {"text": "a\u2028b\u2029c\u0085d"},
    ),
    "content as a list of parts": Case(
        [
            chunk({"content": [{"type": "text", "text": "Hi"}]}),
            chunk({"content": [{"type": "text", "text": " there"}, " you"]}),
            END,
        ],
        {"text": "Hi there you"},
    ),
    "both a cumulative message and a delta": Case(
        [
            chunk({"content": "Hi"}, message={"content": "Hi"}),
            chunk({"content": " there"}, message={"content": "Hi there"}, finish="stop"),
        ],
        {"text": "Hi there", "finish": "stop"},
    ),
    "a whole message in the only event": Case(
        [chunk(None, message={"content": "Hi"}, finish="stop"), END],
        {"text": "Hi", "finish": "stop"},
    ),
    "a whole message after its deltas": Case(
        [chunk({"content": "Hi"}), chunk(None, message={"content": "Hi"}, finish="stop")],
        {"text": "Hi", "finish": "stop"},
    ),
    "a character of which only half is there": Case(
        [b'data: {"choices":[{"delta":{"content":"a\\ud83db"}}]}\n\n', END],
        {"text": "a\ufffdb"},
    ),
    "a character cut between two events": Case(
        [
            chunk({"content": "Hi "}),
            b'data: {"choices":[{"delta":{"content":"a\\ud83d"},"index":0}]}\n\n',
            b'data: {"choices":[{"delta":{"content":"\\uDE00b"},"index":0}]}\n\n',
            chunk({"content": "c\\ud83d"}),
            END,
        ],
        {"text": "Hi a\U0001f600bc\\ud83d"},
    ),
    "bytes that are not UTF-8": Case(
        [b'data: {"choices":[{"delta":{"content":"a\xffb"}}]}\n\n', END],
        {"text": "a\ufffdb"},
    ),
    "ids that change and come late": Case(
        [
            {"choices": [{"delta": {"content": "Hi"}}], "id": "", "model": ""},
            chunk({"content": "!"}),
            {**chunk({}, finish="stop"), "id": "gen-2", "model": "m2"},
        ],
        {"text": "Hi!", "finish": "stop"},
    ),
    # --- finish reasons ---
    "stop, three times": Case(
        [chunk({"content": "Hi"}, finish="stop"), chunk({}, finish="stop"), chunk(finish="stop")],
        {"text": "Hi", "finish": "stop"},
    ),
    "tool_calls, then stop": Case(
        [chunk(calls(call("f", "{}", id="1")), finish="tool_calls"), chunk({}, finish="stop")],
        {"calls": [("f", {})], "finish": "tool_calls"},
    ),
    "stop, although there are tool calls": Case(
        [chunk(calls(call("f", "{}", id="1")), finish="stop"), END],
        {"calls": [("f", {})], "finish": "tool_calls", "native": "stop"},
    ),
    "an empty finish reason": Case(
        [chunk({"content": "Hi"}, finish=""), chunk({}, finish="eos"), END],
        {"text": "Hi", "finish": "stop", "native": "eos"},
    ),
    "a native finish reason": Case(
        [chunk({"content": "Hi"}, finish="stop", native_finish_reason="end_turn"), END],
        {"text": "Hi", "finish": "stop", "native": "end_turn"},
    ),
    # --- usage and cost ---
    "usage in a chunk of its own": Case(
        [chunk({"content": "Hi"}, finish="stop"), {"choices": [], "usage": usage(3, 1)}, END],
        {"text": "Hi", "finish": "stop", "usage": (3, 1)},
    ),
    "usage in every chunk, cumulative": Case(
        [
            chunk({"content": "a"}, usage=usage(45, 1)),
            chunk({"content": "b"}, usage=usage(45, 2)),
            chunk({"content": "c"}, usage=usage(45, 3), finish="stop"),
            END,
        ],
        {"text": "abc", "finish": "stop", "usage": (45, 3)},
    ),
    "usage twice, and under x_groq": Case(
        [
            chunk({"content": "a"}, x_groq={"id": "r", "usage": usage(9, 1)}, usage=usage(9, 1)),
            {"choices": [], "usage": usage(9, 1)},
            END,
        ],
        {"text": "a", "usage": (9, 1)},
    ),
    "usage under x_groq only": Case(
        [chunk({"content": "a"}), chunk({}, finish="stop", x_groq={"usage": usage(9, 1)}), END],
        {"text": "a", "finish": "stop", "usage": (9, 1)},
    ),
    "usage that is complete in the last chunk only": Case(
        [
            chunk({"content": "a"}, usage=usage(11, None)),
            chunk({"content": "b"}, usage=usage(11, 2)),
            chunk({}, finish="stop", usage=usage(11, None)),
            END,
        ],
        {"text": "ab", "finish": "stop", "usage": (11, 2)},
    ),
    "usage that cannot be believed": Case(
        [chunk({"content": "a"}, usage=usage(1.5, -2)), END],
        {"text": "a"},
    ),
    "cost in the last chunk": Case(
        [
            chunk({"content": "a"}, finish="stop"),
            {
                "choices": [],
                "usage": usage(1, 1),
                "meta": {"usage": {"credits_used": 120000, "usd_spent": 0.06}},
            },
            END,
        ],
        {"text": "a", "finish": "stop", "usage": (1, 1), "cost": {"usd": 0.06, "credits": 120000}},
    ),
    "a cost that grows from chunk to chunk": Case(
        [
            chunk({"content": "a"}, usage=usage(1, 1, cost=0.1)),
            chunk({"content": "b"}, usage=usage(1, 2, cost=0.25)),
            END,
        ],
        {"text": "ab", "usage": (1, 2), "cost": {"usd": 0.25}},
    ),
    "the wrapped form of before February 2026": Case(
        [
            {
                "event": {**chunk({"content": "Hi"}), "usage": None},
                "state": {"usage": {"input_tokens": 16, "output_tokens": 3}},
            },
            {
                "event": {**chunk({"content": "!"}), "id": "", "usage": usage(0, 0)},
                "state": {"usage": {"input_tokens": 0, "output_tokens": 0}},
            },
            {
                "event": chunk({"content": ""}),
                "state": {
                    "usage": {"input_tokens": 0, "output_tokens": 102},
                    "finishReason": "end_turn",
                },
            },
            {
                "event": {**chunk(finish="stop"), "usage": usage(0, 0)},
                "state": {"usage": {"input_tokens": 0, "output_tokens": 0}},
            },
        ],
        {"text": "Hi!", "finish": "stop", "native": "end_turn", "usage": (16, 102)},
    ),
    # --- reasoning ---
    "reasoning, then text": Case(
        [
            chunk({"content": None, "reasoning_content": "Hm"}),
            chunk({"content": None, "reasoning_content": "m."}),
            chunk({"content": "Yes", "reasoning_content": ""}),
            chunk({}, finish="stop"),
            END,
        ],
        {"reasoning": "Hmm.", "text": "Yes", "finish": "stop"},
    ),
    "reasoning under another name, after the text": Case(
        [chunk({"content": "Yes"}), chunk({"reasoning": "Hm"}), chunk({"reasoning": "m."}), END],
        {"reasoning": "Hmm.", "text": "Yes"},
    ),
    "the same reasoning in two fields": Case(
        [
            chunk({"reasoning": "Hm", "reasoning_content": "Hm"}),
            chunk(
                {
                    "reasoning": "m.",
                    "reasoning_details": [{"type": "reasoning.text", "text": "m.", "index": 0}],
                }
            ),
            chunk({"content": "Yes"}),
            END,
        ],
        {"reasoning": "Hmm.", "text": "Yes"},
    ),
    "the whole reasoning once more at the end": Case(
        [
            chunk({"reasoning": "Let me think "}),
            chunk({"reasoning": "about it."}),
            chunk({"reasoning_content": "Let me think about it."}),
            chunk({"content": "Yes"}),
            END,
        ],
        {"reasoning": "Let me think about it.", "text": "Yes"},
    ),
    "reasoning in details only": Case(
        [
            chunk({"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm"}]}),
            chunk({"reasoning_details": [{"type": "reasoning.summary", "summary": "m."}]}),
            chunk({"content": "Yes"}),
            END,
        ],
        {"reasoning": "Hmm.", "text": "Yes"},
    ),
    "thinking parts": Case(
        [
            chunk(
                {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]}
            ),
            chunk({"content": [{"type": "thinking", "thinking": "m."}]}),
            chunk({"content": [{"type": "text", "text": "Yes"}]}),
            END,
        ],
        {"reasoning": "Hmm.", "text": "Yes"},
    ),
    **CALLS,
    # --- several answers ---
    "GLM: the index of one answer grows": Case(
        [
            chunk({"role": "assistant", "reasoning_content": "Hm."}, index=0),
            chunk({"role": "assistant", "content": "Yes"}, index=1),
            chunk(calls(call("f", "{}", index=0, id="c1")), index=2),
            chunk({"role": "assistant", "content": ""}, index=3, finish="tool_calls"),
            END,
        ],
        {"reasoning": "Hm.", "text": "Yes", "calls": [("f", {})], "finish": "tool_calls"},
    ),
    "two answers, alternating": Case(
        [
            chunk({"role": "assistant", "content": ""}, index=0),
            chunk({"role": "assistant", "content": ""}, index=1),
            chunk({"content": "a"}, index=0),
            chunk({"content": "B"}, index=1),
            chunk({"content": "b"}, index=0),
            chunk({}, index=1, finish="length"),
            chunk({}, index=0, finish="stop"),
            {"choices": [], "usage": usage(2, 4)},
            END,
        ],
        {"text": "ab", "finish": "stop", "usage": (2, 4)},
    ),
    "two answers that reason": Case(
        [
            chunk({"reasoning_content": "Hm"}, index=0),
            chunk({"content": "a"}, index=0),
            chunk({"content": "B"}, index=1),
            chunk({"content": "b"}, index=0, finish="stop"),
            END,
        ],
        {"reasoning": "Hm", "text": "ab", "finish": "stop"},
    ),
    "two answers in one chunk": Case(
        [
            {
                "choices": [
                    {"index": 0, "delta": {"content": "a"}},
                    {"index": 1, "delta": {"content": "B"}},
                ]
            },
            {
                "choices": [
                    {"index": 1, "delta": {"content": "C"}},
                    {"index": 0, "delta": {"content": "b"}},
                ]
            },
            END,
        ],
        {"text": "ab"},
    ),
    "the second of two answers first": Case(
        [
            chunk({"role": "assistant"}, index=1),
            chunk({"content": "a"}, index=0),
            chunk({"content": "B"}, index=1),
            chunk({}, index=0, finish="stop"),
            END,
        ],
        {"text": "a", "finish": "stop"},
    ),
    "a finish reason at an index of its own": Case(
        [chunk({"content": "a"}, index=0), chunk({"content": ""}, index=1, finish="stop"), END],
        {"text": "a", "finish": "stop"},
    ),
    # --- images ---
    "an image between texts": Case(
        [
            chunk({"content": "Here"}),
            chunk({"content": ":", "images": ["https://i.test/1.png"]}),
            chunk({"content": " so."}),
            chunk({}, finish="stop"),
            END,
        ],
        {"text": "Here: so.", "finish": "stop"},
    ),
    "the images once more at the end": Case(
        [
            chunk({"images": ["https://i.test/1.png"]}),
            chunk({"images": ["https://i.test/2.png"]}),
            chunk({"images": ["https://i.test/1.png", "https://i.test/2.png"]}),
            END,
        ],
    ),
    # --- refusals ---
    "a refusal": Case(
        [
            chunk({"role": "assistant", "content": None, "refusal": ""}),
            chunk({"refusal": "I "}),
            chunk({"refusal": "won't."}),
            chunk({}, finish="stop"),
            END,
        ],
        {"refusal": "I won't.", "finish": "stop"},
    ),
}
