"""Results of tools: behind their calls, in the form and order that each service wants."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import sent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from sent import Json, broken, call, called, on_each_route, result, results_in, text, turns, user

from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

claudes = pytest.mark.parametrize("route", ["claude", "messages"])
PDF_BLOCK = {
    "type": "file",
    "base64": sent.PDF,
    "mime_type": "application/pdf",
    "filename": "a.pdf",
}
PDF_SOURCE = {"type": "base64", "media_type": "application/pdf", "data": sent.PDF}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
TWO = called(call("c1"), call("c2"))


def tool_result(content: Any, call_id: str = "c", **more: Any) -> Json:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **more}


def returned(route: str, content: Any, **more: Any) -> Any:
    """Return what the content of the only result is sent as."""
    ((call_id, found),) = results_in(sent.body(route, "?", called(), result(content), **more))
    assert call_id == "c"
    return found


# --- order
R1, R2, SO = result("1", "c1"), result("2", "c2"), HumanMessage("So?")
BROKEN = AIMessage("", invalid_tool_calls=[broken("{", "c1"), broken("{", "c2")])
ORDERS: dict[str, tuple[list[BaseMessage], list[str]]] = {
    # messages, then the ids of results and the texts of the user, in the order that is sent
    "as they were called": ([TWO, R1, R2, SO], ["c1", "c2", "So?"]),
    "the other way round": ([TWO, R2, R1], ["c1", "c2"]),
    "one is late": ([TWO, R1, SO, R2], ["c1", "c2", "So?"]),
    "calls that cannot be read": ([BROKEN, R2, R1], ["c1", "c2"]),
    "an id is used again": ([called(call("c1")), R1, SO, TWO, R2, R1], ["c1", "So?", "c1", "c2"]),
    "a call of nobody": ([TWO, result("x", "x"), R2, R1, result("y", "y")], ["c1", "c2", "x", "y"]),
    "only one is answered": ([TWO, R2, SO], ["c2", "So?"]),
    "before its call": ([SO, R1, called(call("c1"))], ["So?", "c1"]),
}


def order(body: Json) -> list[str]:
    found: list[str] = []
    for turn in body.get("messages", body.get("input")):
        content = turn.get("content")
        if "tool_call_id" in turn or turn.get("type") == "function_call_output":
            found.append(turn.get("tool_call_id") or turn["call_id"])
        elif turn.get("role") == "user":
            blocks = [text(content)] if isinstance(content, str) else content
            found += [block.get("tool_use_id") or block["text"] for block in blocks]
    return [name.removesuffix("_2") for name in found]  # Claude wants no id again


@pytest.mark.parametrize(("messages", "expected"), ORDERS.values(), ids=ORDERS)
def test_results_stand_behind_their_calls_in_the_order_of_the_calls(
    messages: list[BaseMessage], expected: list[str]
) -> None:
    assert {route: order(sent.body(route, *messages)) for route in sent.ROUTES} == on_each_route(
        expected
    )


OF_CONTENT: list[AIMessage] = [
    called(call("a"), content=[{"type": "tool_use", "id": "b", "name": "f", "input": {}}]),
    called(call("a"), content=[{"type": "function_call", "id": "fc_1", "call_id": "b"}]),
    AIMessage(content_blocks=[text("Both."), call("a", n=1), call("b", n=2)]),  # type: ignore[list-item]  # dicts
]


@pytest.mark.parametrize("message", OF_CONTENT)
def test_results_come_back_to_the_calls_that_the_content_has(message: AIMessage) -> None:
    messages = [message, "Wait.", result("2", "b"), result("1", "a")]
    assert order(sent.body("chat", "Hi", *messages)) == ["Hi", "a", "b", "Wait."]


# --- what is inside
CONTENTS: dict[str, tuple[Any, str]] = {
    "a text": ("a", "a"),
    "texts": ([text("a"), "b"], "a\nb"),
    "a dict": ([{"total": "ü"}, text("a")], '{"total": "ü"}\na'),
    "a dict with a type": ([{"type": "odd", "a": 1}], '{"type": "odd", "a": 1}'),
    "a text file": ([{"type": "text-plain", "text": "a", "mime_type": "text/plain"}], "a"),
    "nothing": ([], ""),
    "a marked text": ([text("a", cache_control=sent.MARK)], "a"),
    "Anthropic's block": ([tool_result("a")], "a"),
    "Anthropic's block with one block": ([tool_result(text("a"))], "a"),
    "Anthropic's block with a dict": ([tool_result({"total": "ü"})], '{"total": "ü"}'),
    "Anthropic's block in another": ([tool_result([tool_result("a")])], "a"),
    "Anthropic's block without an id": ([{"type": "tool_result", "content": "a"}], "a"),
    "Anthropic's block beside text": ([tool_result("a"), text("b")], "a\nb"),
    "thoughts of a model that plays the tool": ([THOUGHT, text("a")], "a"),
    "such thoughts in Anthropic's block": ([tool_result([THOUGHT, text("a")])], "a"),
}  # fmt: skip


def test_nothing_that_a_tool_returned_is_lost() -> None:
    for name, (content, expected) in CONTENTS.items():
        found = {route: words(returned(route, content)) for route in sent.ROUTES}
        assert found == on_each_route(expected), name


def words(content: Any) -> str:
    """Return the text of a result, or of its blocks."""
    if isinstance(content, str):
        return content
    return "\n".join(block.get("text") or block["source"]["data"] for block in content)


@pytest.mark.parametrize("route", sent.ROUTES)
def test_results_of_several_calls_in_one_message_are_results_of_their_own(route: str) -> None:
    both = result([tool_result("one", "c1"), tool_result("two", "c2")], "c1")
    assert results_in(sent.body(route, "?", TWO, both)) == [("c1", "one"), ("c2", "two")]


@pytest.mark.parametrize("route", sent.ROUTES)
def test_results_in_a_user_message_are_results(route: str) -> None:
    blocks = [tool_result("1", "c1"), tool_result([text("2")], "c2"), text("And now?")]
    body = sent.body(route, "?", TWO, user(*blocks))
    (one, first), (two, second) = results_in(body)
    assert (one, first, two) == ("c1", "1", "c2")
    assert second in ("2", [text("2")])
    assert "And now?" in json.dumps(body["messages" if "messages" in body else "input"][-1])
    alone = turns(route, "?", called(), user(tool_result("1")))
    assert "?" not in json.dumps(alone[-1])
    assert len(alone) == 3  # no turn of the user is left behind


# --- Claude
@claudes
def test_a_failed_result_says_so_to_claude(route: str) -> None:
    failures = [
        result("no", status="error"),
        result([tool_result("no", is_error=True)]),
        user(tool_result("no", is_error=True)),
    ]
    for failed in failures:
        block = turns(route, "?", called(), failed)[-1]["content"][0]
        assert block["is_error"] is True
    assert "is_error" not in turns(route, "?", called(), result("yes"))[-1]["content"][0]


LATER = {"type": "ephemeral", "ttl": "1h"}
MARKED_TEXT = text("a", cache_control=sent.MARK)
MARKED: dict[str, tuple[list[Any], Json]] = {
    "on a text": ([MARKED_TEXT], sent.MARK),
    "the last counts": ([MARKED_TEXT, text("b", cache_control=LATER), text("c")], LATER),
    "on a result block": ([tool_result("a", cache_control=LATER)], LATER),
    "the block's own first": ([tool_result([MARKED_TEXT], cache_control=LATER)], LATER),
    "on a picture": ([{**sent.IMAGE, "cache_control": sent.MARK}], sent.MARK),
}


@claudes
def test_a_cache_mark_inside_of_a_result_is_one_of_the_result(route: str) -> None:
    for name, (content, mark) in MARKED.items():
        (block,) = turns(route, "?", called(), result(content))[-1]["content"]
        assert block["cache_control"] == mark, name
        assert "cache_control" not in json.dumps(block["content"])


def test_the_whole_result_of_a_user_turn_goes_to_claude() -> None:
    block = tool_result([text("1"), sent.IMAGE], "a.b", is_error=True, cache_control=sent.MARK)
    assert turns("claude", "?", called(call("a.b")), user(block, text("So?")))[-1]["content"] == [
        {**block, "tool_use_id": "a_b", "content": [text("1"), sent.CLAUDE_IMAGE]},
        text("So?"),
    ]


FOUND = {"type": "search_result", "source": "s", "title": "t", "content": []}
REFERENCE = {"type": "tool_reference", "tool_name": "f"}
INSIDE: list[tuple[str, Any, Any]] = [
    (sent.OLD_CLAUDE, sent.IMAGE, sent.CLAUDE_IMAGE),
    (sent.NEW_CLAUDE, PDF_BLOCK, {"type": "document", "source": PDF_SOURCE, "title": "a.pdf"}),
    (sent.NEW_CLAUDE, FOUND, FOUND),
    (sent.NEW_CLAUDE, REFERENCE, REFERENCE),
    (sent.OLD_CLAUDE, REFERENCE, text(json.dumps(REFERENCE))),
]


def test_a_result_for_claude_holds_what_its_documents_have() -> None:
    for model, block, written in INSIDE:
        assert returned(model, [block]) == [written]
    said = r"block 0 \(file\) of message 2 \(ToolMessage\).*takes no file\. Accepted: image, text"
    with pytest.raises(UnsupportedContentError, match=said):
        returned(sent.OLD_CLAUDE, [PDF_BLOCK])


# --- media, where a result is text alone
BELOW = "in the user turn that follows)"
LABEL = "Returned by the tool call {}:"


def test_media_follow_all_results_in_one_user_turn_on_chat_completions() -> None:
    pdf = {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{sent.PDF}"}
    one, two = text(LABEL.format("c1")), text(LABEL.format("c2"))
    expected = [
        {"role": "tool", "tool_call_id": "c1", "content": f"Look:\n(image: {BELOW}"},
        {"role": "tool", "tool_call_id": "c2", "content": f"(file: {BELOW}"},
        {"role": "user", "content": [one, sent.IMAGE_URL, two, {"type": "file", "file": pdf}]},
    ]
    contents = {"c1": ["Look:", sent.IMAGE], "c2": [PDF_BLOCK]}
    results = [result(content, call_id) for call_id, content in contents.items()]
    *same, last = turns("chat", TWO, *results, "Well?")[1:]
    assert (same, last["content"]) == (expected, "Well?")
    blocks = [tool_result(content, call_id) for call_id, content in contents.items()]
    *same, last = turns("chat", TWO, user(*blocks, text("Well?")))[1:]
    assert (same, last["content"]) == (expected, [text("Well?")])
    both = turns("chat", called(), result([sent.IMAGE, PDF_BLOCK]))[1:]
    assert both[0]["content"] == f"(image, file: {BELOW}"


def test_media_of_a_later_turn_have_a_turn_of_their_own() -> None:
    messages = [called(), result([sent.IMAGE]), called(call("d")), result([sent.IMAGE], "d")]
    roles = [turn["role"] for turn in turns("chat", "?", *messages)]
    assert roles == ["user", "assistant", "tool", "user", "assistant", "tool", "user"]


def test_media_follow_all_results_on_responses() -> None:
    _, _, one, two, shown = turns(
        "responses", TWO, result(["a", sent.IMAGE], "c1"), result("2", "c2")
    )
    assert one["output"] == f"a\n(image: {BELOW}"
    assert two == {"type": "function_call_output", "call_id": "c2", "output": "2"}
    label = {"type": "input_text", "text": LABEL.format("c1")}
    assert shown == {"role": "user", "content": [label, sent.INPUT_IMAGE]}


@pytest.mark.parametrize("nested", [False, True])
def test_parts_of_openais_own_are_a_list_in_a_result_on_responses(*, nested: bool) -> None:
    blocks = [text("Look:"), sent.INPUT_IMAGE, {"type": "input_file", "file_url": sent.URL}]
    given = [tool_result(blocks)] if nested else blocks
    found = returned("responses", given)
    assert found == [{"type": "input_text", "text": "Look:"}, *blocks[1:]]
    for route in ("chat", "messages"):
        body = json.dumps(sent.body(route, "?", called(), result(given)))
        assert sent.URL in body
        assert "input_" not in body


def test_media_that_no_turn_takes_are_refused_with_what_a_result_takes() -> None:
    said = r"block 1 \(video\) of message 2 .*neither a tool turn nor a user turn.*Accepted: text\."
    with pytest.raises(UnsupportedContentError, match=said):
        returned("ai21/jamba-large-1.7", [text("a"), {"type": "video", "url": sent.URL}])


def test_what_a_tool_wrapped_is_text_but_for_claude() -> None:
    own = {"type": "odd", "x": 1}
    wrapped = {"type": "non_standard", "value": own}
    for route in (sent.GPT, sent.UNKNOWN, "responses"):
        assert returned(route, [wrapped]) == json.dumps(own)
    assert returned(sent.OLD_CLAUDE, [wrapped]) == [own]


def test_a_result_without_an_id_has_one() -> None:
    lost = turns("claude", "Hi", AIMessage("Yes."), result("lost", ""))[-1]["content"][0]
    assert lost["tool_use_id"] == "call"
    named = ToolMessage("3", tool_call_id="", additional_kwargs={"tool_call_id": "c"})
    assert turns("chat", "?", called(), named)[-1]["tool_call_id"] == "c"


# --- models without tools
def test_calls_and_results_are_words_where_no_functions_are_documented() -> None:
    history = [called(call(a=1)), result("2"), HumanMessage("Sure?")]
    assert turns("openai/gpt-5-chat-latest", "1 + 1?", *history, endpoint="responses")[1:] == [
        {"role": "assistant", "content": '(called f with {"a": 1})'},
        {"role": "user", "content": "(result of the call: 2)"},
        {"role": "user", "content": "Sure?"},
    ]


# --- free text
def test_calls_of_a_custom_tool_and_their_results_go_back_as_free_text() -> None:
    flat, nested = {"type": "custom", "name": "sh"}, {"type": "custom", "custom": {"name": "py"}}
    tools = [flat, nested, {"type": "function", "name": "f", "parameters": {}}]
    asked = called(call("1", "sh", input="ls"), call("2", "py", x=1), call("3"))
    results = [result(f"r{number}", str(number)) for number in (1, 2, 3)]
    assert turns("responses", "Hi", asked, *results, tools=tools)[1:] == [
        {"type": "custom_tool_call", "call_id": "1", "name": "sh", "input": "ls"},
        {"type": "custom_tool_call", "call_id": "2", "name": "py", "input": '{"x": 1}'},
        {"type": "function_call", "call_id": "3", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call_output", "call_id": "1", "output": "r1"},
        {"type": "custom_tool_call_output", "call_id": "2", "output": "r2"},
        {"type": "function_call_output", "call_id": "3", "output": "r3"},
    ]
