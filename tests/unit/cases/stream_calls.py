"""Streams of tool calls: the events, and what the merged message holds."""

from .reading import END, Case, call, calls, chunk

SF = {"city": "San Francisco"}

CALLS: dict[str, Case] = {
    # --- tool calls ---
    "a call in pieces": Case(
        [
            chunk(calls(call("weather", "", index=0, id="c1", type="function"))),
            chunk(calls(call(None, '{"city": "San', index=0))),
            chunk(calls(call(None, ' Francisco"}', index=0))),
            chunk({}, finish="tool_calls"),
            END,
        ],
        {"calls": [("weather", SF)], "finish": "tool_calls"},
    ),
    "parallel calls, interleaved": Case(
        [
            chunk(
                calls(call("f", '{"a":', index=0, id="c1"), call("g", '{"b":', index=1, id="c2"))
            ),
            chunk(calls(call(None, "2}", index=1))),
            chunk(calls(call(None, "1}", index=0))),
            END,
        ],
        {"calls": [("f", {"a": 1}), ("g", {"b": 2})], "finish": "tool_calls"},
    ),
    "several whole calls in one delta, without index and id": Case(
        [chunk(calls(call("f", {"a": 1}), call("f", {"a": 2}), call("g", '{"b": 3}'))), END],
        {"calls": [("f", {"a": 1}), ("f", {"a": 2}), ("g", {"b": 3})], "finish": "tool_calls"},
    ),
    "whole calls one by one, without index and id": Case(
        [
            chunk(calls(call("f", '{"a": 1}', id=""))),
            chunk(calls(call("f", '{"a": 2}', id=""))),
            chunk(calls(call("g", "{}", index=None, id=None))),
            END,
        ],
        {"calls": [("f", {"a": 1}), ("f", {"a": 2}), ("g", {})], "finish": "tool_calls"},
    ),
    "deltas without index": Case(
        [
            chunk(calls(call("f", '{"a"', id="c1"))),
            chunk(calls(call(None, ": 1}"))),
            chunk(calls(call("g", '{"b"', id="c2"))),
            chunk(calls(call(None, ": 2}", index=None))),
            END,
        ],
        {"calls": [("f", {"a": 1}), ("g", {"b": 2})], "finish": "tool_calls"},
    ),
    "indices from 1": Case(
        [
            chunk(calls(call("f", "{}", index=1, id="c1"))),
            chunk(calls(call("g", "{}", index=2, id="c2"))),
            END,
        ],
        {"calls": [("f", {}), ("g", {})], "finish": "tool_calls"},
    ),
    "two calls at index 0": Case(
        [
            chunk(calls(call("f", '{"a": 1}', index=0, id="c1"))),
            chunk(calls(call("g", '{"b"', index=0, id="c2"))),
            chunk(calls(call(None, ": 2}", index=0))),
            END,
        ],
        {"calls": [("f", {"a": 1}), ("g", {"b": 2})], "finish": "tool_calls"},
    ),
    "two pieces of a call in one delta": Case(
        [
            chunk(
                calls(call("f", '{"a"', index=0, id="c1"), call(None, ": 1}", index=0)),
            ),
            END,
        ],
        {"calls": [("f", {"a": 1})], "finish": "tool_calls"},
    ),
    "two calls at index 0 without ids": Case(
        [
            chunk(calls(call("f", '{"a": 1}', index=0))),
            chunk(calls(call("g", '{"b": 2}', index=0))),
            END,
        ],
        {"calls": [("f", {"a": 1}), ("g", {"b": 2})], "finish": "tool_calls"},
    ),
    "id and name repeated in every delta": Case(
        [
            chunk(calls(call("f", '{"a"', index=0, id="c1", type="function"))),
            chunk(calls(call("f", ": ", index=0, id="c1", type="function"))),
            chunk(calls(call("f", "1}", index=0, id="c1", type="function"))),
            chunk(calls(call("f", "", index=0, id="c1", type="function"))),
            END,
        ],
        {"calls": [("f", {"a": 1})], "finish": "tool_calls"},
    ),
    "the name repeated in every delta, without ids": Case(
        [
            chunk(calls(call("f", '{"a"', index=0))),
            chunk(calls(call("f", ": 1}", index=0))),
            chunk(calls(call("f", "", index=0))),
            END,
        ],
        {"calls": [("f", {"a": 1})], "finish": "tool_calls"},
    ),
    "an id that changes with every delta": Case(
        [
            chunk(calls(call("f", '{"a"', index=0, id="x1"))),
            chunk(calls(call(None, ": 1}", index=0, id="x2"))),
            END,
        ],
        {"calls": [("f", {"a": 1})], "finish": "tool_calls"},
    ),
    "a whole call sent twice": Case(
        [
            chunk(calls(call("f", '{"a": 1}', index=0, id="c1"))),
            chunk(calls(call("f", '{"a": 1}', index=0, id="c1")), finish="tool_calls"),
            END,
        ],
        {"calls": [("f", {"a": 1})], "finish": "tool_calls"},
    ),
    "two whole calls of one id": Case(
        [
            chunk(
                calls(
                    call("f", '{"a": 1}', index=0, id="c1"), call("f", '{"a": 2}', index=1, id="c1")
                )
            ),
            END,
        ],
        {"calls": [("f", {"a": 1}), ("f", {"a": 2})], "finish": "tool_calls"},
    ),
    "an id that comes late, a name that comes later": Case(
        [
            chunk(calls({"index": 0, "id": "c1", "function": None})),
            chunk(calls(call("f", None, index=0))),
            chunk(calls(call(None, "{}", index=0))),
            END,
        ],
        {"calls": [("f", {})], "finish": "tool_calls"},
    ),
    "empty, null and absent arguments": Case(
        [
            chunk(
                calls(
                    call("f", "", index=0, id="c1"),
                    call("g", None, index=1, id="c2"),
                    {"index": 2, "id": "c3", "function": {"name": "h", "arguments": None}},
                    call("i", " \n", index=3, id="c4"),
                )
            ),
            END,
        ],
        {"calls": [("f", {}), ("g", {}), ("h", {}), ("i", {})], "finish": "tool_calls"},
    ),
    "entries of nothing": Case(
        [
            chunk({"tool_calls": None}),
            chunk({"tool_calls": [None, {}, {"function": None}, "x"]}),
            chunk({"content": "Hi", "tool_calls": []}),
            END,
        ],
        {"text": "Hi"},
    ),
    "text and a call in one delta": Case(
        [chunk({"content": "Let me see.", **calls(call("f", "{}", id="c1"))}), END],
        {"text": "Let me see.", "calls": [("f", {})], "finish": "tool_calls"},
    ),
    "a custom tool": Case(
        [
            chunk(
                calls(
                    {
                        "index": 0,
                        "id": "c1",
                        "type": "custom",
                        "custom": {"name": "sh", "input": 'echo "'},
                    }
                )
            ),
            chunk(calls({"index": 0, "custom": {"input": '\n"'}})),
            chunk({}, finish="tool_calls"),
            END,
        ],
        {"calls": [("sh", {"input": 'echo "\n"'})], "finish": "tool_calls"},
    ),
    "a legacy function call": Case(
        [
            chunk({"content": None, "function_call": {"name": "f", "arguments": ""}}),
            chunk({"function_call": {"arguments": '{"a":'}}),
            chunk({"function_call": {"arguments": "1}"}}),
            chunk({}, finish="function_call"),
            END,
        ],
        {"calls": [("f", {"a": 1})], "finish": "tool_calls", "native": "function_call"},
    ),
    "the same call in both forms": Case(
        [
            chunk(
                {
                    **calls(call("f", "{}", index=0, id="c1")),
                    "function_call": {"name": "f", "arguments": "{}"},
                }
            ),
            chunk({"function_call": {"name": "f", "arguments": "{}"}}),
            END,
        ],
        {"calls": [("f", {})], "finish": "tool_calls"},
    ),
    "arguments cut off by the token limit": Case(
        [
            chunk(calls(call("write", '{"path": "/etc/pas', index=0, id="c1"))),
            chunk({}, finish="length"),
            END,
        ],
        {"invalid": ["write"], "finish": "length"},
    ),
    "arguments cut off, then a stray {}": Case(
        [
            chunk(calls(call("write", '{"path": "/etc/pas', index=0, id="c1"))),
            chunk(calls(call(None, "{}", index=0))),
            chunk({}, finish="tool_calls"),
            END,
        ],
        {"invalid": ["write"], "finish": "tool_calls"},
    ),
    "arguments that are no object, and arguments that are null": Case(
        [
            chunk(calls(call("f", "[1]", index=0, id="c1"), call("g", "null", index=1, id="c2"))),
            END,
        ],
        {"calls": [("g", {})], "invalid": ["f"], "finish": "tool_calls"},
    ),
}
