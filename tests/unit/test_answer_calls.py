"""Tool calls in the habits of upstreams, and reasoning in pieces, through the model."""

from typing import Any

from cases.doors import Ways, blocks_of
from cases.reading import END, Json, body, call, calls, chunk
from langchain_core.messages import AIMessage


def called_by(*deltas: Json) -> list[tuple[str, Any]]:
    """Return the calls of a stream: name and arguments."""
    events = [*(chunk(calls(delta)) for delta in deltas), chunk({}, finish="tool_calls"), END]
    message = Ways(events=events).streamed()
    assert message.invalid_tool_calls == []
    return [(made["name"], made["args"]) for made in message.tool_calls]


def test_another_name_without_an_index_starts_another_call() -> None:
    assert called_by(call("f", ""), call("g", '{"a":1}')) == [("f", {}), ("g", {"a": 1})]
    assert called_by(call("f"), call("g", ""), call(None, "{}")) == [("f", {}), ("g", {})]


def test_another_name_after_arguments_starts_another_call() -> None:
    assert called_by(
        call("f", "{}", index=0), call("g", '{"a":1}', index=0)
    ) == [("f", {}), ("g", {"a": 1})]  # fmt: skip


def test_another_name_while_json_is_open_is_no_call() -> None:
    assert called_by(
        call("f", '{"a":', index=0), call("odd", " 1", index=0), call(None, "}", index=0)
    ) == [("f", {"a": 1})]  # fmt: skip


def test_whole_calls_at_the_same_index_are_calls_of_their_own() -> None:
    for place in ({}, {"index": 0}):
        assert called_by(
            call("f", '{"a": 1}', **place), call("f", '{"a": 2}', **place)
        ) == [("f", {"a": 1}), ("f", {"a": 2})]  # fmt: skip


def test_a_custom_call_that_is_named_with_every_piece_is_one_call() -> None:
    def custom(text: str) -> Json:
        return {"id": "c1", "type": "custom", "custom": {"name": "sh", "input": text}}

    assert called_by(custom("ls"), custom(' -l "x"')) == [("sh", {"input": 'ls -l "x"'})]
    assert called_by(custom("ls"), custom("ls")) == [("sh", {"input": "lsls"})]


def test_the_pieces_of_a_custom_call_are_whole_in_events() -> None:
    events = [
        chunk(calls({"id": "c1", "custom": {"name": "sh", "input": "l"}})),
        chunk(calls({"custom": {"input": 's "'}})),
        chunk({}, finish="tool_calls"),
        END,
    ]
    sent = Ways(events=events).events()
    deltas = [event["delta"]["args"] for event in sent if event["event"] == "content-block-delta"]
    assert "".join(deltas) == '{"input": "ls \\""}'
    (block,) = [event["content"] for event in sent if event["event"] == "content-block-finish"]
    assert (block["type"], block["args"]) == ("tool_call", {"input": 'ls "'})


# --- reasoning in pieces ------------------------------------------------------------------------
def test_summaries_are_reasoning() -> None:
    details = [{"type": "reasoning.summary", "summary": "Hm", "index": 0},
               {"type": "reasoning.summary", "summary": "m.", "index": 0}]  # fmt: skip
    streamed = Ways(
        events=[*(chunk({"reasoning_details": [each]}) for each in details), END]
    ).streamed()
    assert blocks_of(streamed) == [{"type": "reasoning", "reasoning": "Hmm."}]
    assert streamed.additional_kwargs == {
        "reasoning_content": "Hmm.",
        "reasoning_details": [{"type": "reasoning.summary", "summary": "Hmm.", "index": 0}],
    }
    whole = {"content": "", "reasoning_details": [{"type": "reasoning.summary", "summary": "Hmm."}]}
    assert blocks_of(Ways(body(whole)).invoked()) == [{"type": "reasoning", "reasoning": "Hmm."}]


def test_a_first_detail_that_is_not_of_the_text_has_a_block_of_its_own() -> None:
    hidden = {"type": "reasoning.encrypted", "data": "ZW5j", "format": "google-gemini-v1"}
    for index, blocks in (
        (0, [{"type": "reasoning", "reasoning": "Hm.",
              "extras": {"data": "ZW5j", "format": "google-gemini-v1"}}]),
        (1, [{"type": "reasoning", "reasoning": "Hm."},
             {"type": "reasoning", "reasoning": "",
              "extras": {"data": "ZW5j", "format": "google-gemini-v1"}}]),
    ):  # fmt: skip
        message = AIMessage(
            "",
            additional_kwargs={
                "reasoning_content": "Hm.",
                "reasoning_details": [{**hidden, "index": index}],
            },
            response_metadata={"model_provider": "aimlapi"},
        )
        assert blocks_of(message) == blocks
