"""Calls of tools in a history: names, ids and arguments that the next service takes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import sent
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    messages_from_dict,
    messages_to_dict,
)
from sent import Json, answer, answer_back, broken, call, called, calls_in, result, results_in, text

every_route = pytest.mark.parametrize("route", sent.ROUTES)
MISTRAL = "mistralai/mistral-small-2603"


def use(call_id: str = "c", name: str = "f", **args: Any) -> Json:
    return {"type": "tool_use", "id": call_id, "name": name, "input": args}


def chat_call(call_id: str, name: str, args: Json) -> Json:
    function = {"name": name, "arguments": json.dumps(args, ensure_ascii=False)}
    return {"id": call_id, "type": "function", "function": function}


FORMS: list[AIMessage | ChatMessage] = [
    called(call(q="žluť")),
    called(call(q="žluť"), content=[use(q="žluť")]),
    answer(use(q="žluť")),
    answer({"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"q": "žluť"}'}),
    answer({"type": "tool_call_chunk", "id": "c", "name": "f", "args": '{"q": "žluť"}'}),
    answer(call(q="žluť"), response_metadata={"output_version": "v1"}),
    answer({"type": "tool_call", "id": "c", "name": "f", "args": {"q": "žluť"}, "input": {}}),
    answer({"type": "tool_call", "call_id": "c", "id": "i", "name": "f", "args": {"q": "žluť"}}),
    ChatMessage([call(q="žluť")], role="ai"),
]


def test_a_call_is_sent_once_whatever_form_it_has() -> None:
    calls = [chat_call("c", "f", {"q": "žluť"})]
    chat = {"role": "assistant", "content": "", "tool_calls": calls}  # never null
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"q": "žluť"}'}
    for message in FORMS:
        assert answer_back("chat", message, result("r"))[0] == chat, message
        assert answer_back("claude", message, result("r"))[0]["content"] == [use(q="žluť")], message
        assert answer_back("responses", message, result("r"))[0] == item, message


# --- places
def test_calls_are_sent_to_claude_where_their_blocks_stand() -> None:
    one, two = ({"type": "thinking", "thinking": str(n), "signature": f"s{n}"} for n in (1, 2))
    marked = {"cache_control": sent.MARK}
    content = [one, use("c1"), text("a"), two, {**use("c2"), **marked}, text("b")]
    message = called(*(call(f"c{n}", n=n) for n in (1, 2, 3)), content=content)
    results = [result("x", f"c{n}") for n in (1, 2, 3)]
    # What the message says about a call counts, and each call is sent once.
    second = {**use("c2", n=2), **marked}
    back = [one, use("c1", n=1), text("a"), two, second, text("b"), use("c3", n=3)]
    assert answer_back("messages", message, *results)[0]["content"] == back


def test_calls_are_items_where_their_blocks_stand_on_responses() -> None:
    message = called(call("c1"), call("c2"), content=[text("a"), use("c1"), text("b")])
    items = answer_back("responses", message, result("1", "c1"), result("2", "c2"))[:4]
    assert [item.get("call_id") or item["content"] for item in items] == ["a", "c1", "b", "c2"]


def test_a_block_of_a_call_without_an_id_is_the_call_with_its_name_and_arguments() -> None:
    block = {"type": "tool_use", "name": "f", "input": {"a": 1}}
    back = answer_back("claude", called(call("c1", a=1), content=[block, text("b")]))
    assert back[0]["content"] == [use("c1", a=1), text("b")]
    other = calls_in(sent.body("chat", "Hi", called(call("c1", a=2), content=[block])))
    assert other == [("c1", "f", {"a": 2}), ("call_1_1", "f", {"a": 1})]


@every_route
def test_a_call_that_its_message_has_no_more_is_not_sent_twice(route: str) -> None:
    blocks = [use("c", x=1), use("c", x=1), text("a")]
    body = sent.body(route, "?", called(call(x=2), content=blocks), result("r"))
    assert [args for _, _, args in calls_in(body)] == [{"x": 2}]


@every_route
def test_two_calls_with_one_id_both_go_back(route: str) -> None:
    calls = [call("0", name) for name in ("f", "g")]
    message = called(*calls, content=[text("Look."), *calls])
    body = sent.body(route, "?", message, result("f", "0"), result("g", "0"))
    assert [name for _, name, _ in calls_in(body)] == ["f", "g"]
    assert [content for _, content in results_in(body)] == ["f", "g"]


# --- names
NAMES = {
    "multi_tool_use.parallel": "multi_tool_use_parallel",
    "wetter\u00fcbersicht": "wetter_bersicht",
    "n" * 70: "n" * 64,
    "": "unknown",
    "get-it_1": "get-it_1",
}


@pytest.mark.parametrize(("name", "fitting"), NAMES.items(), ids=NAMES.values())
def test_a_name_that_services_refuse_is_made_to_fit(name: str, fitting: str) -> None:
    for message in (
        called(call(name=name, x=1)),
        AIMessage("", invalid_tool_calls=[broken("{", name=name)]),
        answer(use(name=name)),
    ):
        found = {r: calls_in(sent.body(r, "?", message, result("r")))[0][1] for r in sent.ROUTES}
        assert found == sent.on_each_route(fitting)


# --- ids
ID_FORMS: dict[str, tuple[str, str, list[str]]] = {
    # a route, what its ids have to match, and ids that do
    "gpt": (sent.GPT, r".{1,40}", ["call_1", "toolu_01A", "x" * 40]),
    "mistral": (MISTRAL, r"[a-zA-Z0-9]{9}", ["abcDEF123"]),
    "claude": ("claude", r"[a-zA-Z0-9_-]{1,64}", ["call_1", "x" * 64]),
    "messages": ("messages", r"[a-zA-Z0-9_-]{1,64}", ["call_1", "x" * 64]),
    "responses": ("responses", r".{1,64}", ["call_1", "x" * 64]),
    "nobody knows it": (sent.UNKNOWN, r".*", ["x" * 90, "a.b c"]),
}
OF_OTHERS = ["call_1", "functions.f:0", "x" * 90, "x" * 89 + "y", "abcDEF123", "0", "f\u00fcnf"]


@pytest.mark.parametrize(("route", "form", "fitting"), ID_FORMS.values(), ids=ID_FORMS)
def test_ids_of_another_vendor_are_made_to_fit(route: str, form: str, fitting: list[str]) -> None:
    ids = list(dict.fromkeys([*OF_OTHERS, *fitting]))
    results = [result(call_id, call_id) for call_id in ids]
    body = sent.body(route, "?", called(*map(call, ids)), *results)
    found = [call_id for call_id, _, _ in calls_in(body)]
    assert all(re.fullmatch(form, call_id, re.DOTALL) for call_id in found)
    assert len(set(found)) == len(ids)
    assert [call_id for call_id, _ in results_in(body)] == found
    later = sent.body(route, "?", called(*map(call, ids)), *results, AIMessage("So."), "And?")
    assert [call_id for call_id, _, _ in calls_in(later)] == found
    assert {call_id: found[ids.index(call_id)] for call_id in fitting} == {c: c for c in fitting}


def test_ids_keep_their_letters_where_that_is_enough() -> None:
    history = [called(call("functions.f:0")), result("r", "functions.f:0")]
    assert calls_in(sent.body("claude", "?", *history))[0][0] == "functions_f_0"
    assert calls_in(sent.body("chat", "?", *history))[0][0] == "functions.f:0"
    (long,) = calls_in(sent.body("chat", "?", called(call("x" * 41))))
    assert re.fullmatch(r"call_[a-z2-7]{24}", long[0])


LONG = "x" * 64
ONCE: dict[str, tuple[list[Any], list[str], list[str]]] = {
    # history, ids of calls, ids of results: Claude refuses an id that comes again
    "a later turn": (
        [called(call("f:0")), result("1", "f:0"), called(call("f:0")), result("2", "f:0")],
        ["f_0", "f_0_2"], ["f_0", "f_0_2"]),
    "without a result": (
        [called(call("a")), "Go on.", called(call("a")), result("2", "a")], ["a", "a_2"], ["a_2"]),
    "more results than calls": (
        [called(call("a")), result("1", "a"), result("2", "a")], ["a"], ["a", "a"]),
    "alike when made to fit": (
        [called(call("a.b"), call("a_b")), result("1", "a.b"), result("2", "a_b")],
        ["a_b", "a_b_2"], ["a_b", "a_b_2"]),
    "too long for a number": (
        [called(call(LONG)), result("1", LONG), called(call(LONG))],
        [LONG, "x" * 62 + "_2"], [LONG]),
}  # fmt: skip


@pytest.mark.parametrize(("history", "calls", "results"), ONCE.values(), ids=ONCE)
@pytest.mark.parametrize("route", ["claude", "messages"])
def test_an_id_that_comes_again_is_another_one_for_claude(
    route: str, history: list[Any], calls: list[str], results: list[str]
) -> None:
    body = sent.body(route, "?", *history)
    assert [call_id for call_id, _, _ in calls_in(body)] == calls
    assert [call_id for call_id, _ in results_in(body)] == results


@every_route
def test_a_call_without_an_id_is_sent_with_one(route: str) -> None:
    body = sent.body(route, "Hi", called(call(None), call("", "g")))
    assert [call_id for call_id, _, _ in calls_in(body)] == ["call_1_0", "call_1_1"]


# --- arguments
ARGUMENTS: dict[str, tuple[Any, Json]] = {
    "cut off": ('{"a": [1', {"arguments": '{"a": [1'}),
    "no object": ("[1, 2]", {"arguments": "[1, 2]"}),
    "NaN": ('{"a": NaN}', {"arguments": '{"a": NaN}'}),
    "a raw line break": ('{"a": "x\ny"}', {"a": "x\ny"}),
    "nothing": ("", {}),
    "null": (None, {}),
    "nested too deep": ("[" * 9999, {"arguments": "[" * 9999}),
}


@pytest.mark.parametrize(("given", "args"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments_that_cannot_be_read_go_back_as_json(given: Any, args: Json) -> None:
    block = {"type": "tool_use", "id": "c", "name": "f", "input": given}
    for message in (AIMessage("", invalid_tool_calls=[broken(given)]), answer(block)):
        found = {
            route: calls_in(sent.body(route, "?", message, result("r"))) for route in sent.ROUTES
        }
        assert found == sent.on_each_route([("c", "f", args)])


MENDED: list[tuple[str, Any, str | None]] = [
    # the arguments of a message, what was kept of the answer, what goes back
    ('{"a"]', [5, {"id": "other", "args": "x"}, {"id": "c", "args": '{"a"'}], '{"a"'),
    ("other", [{"id": "c", "args": '{"a"'}], "other"),  # the user has changed it
    ('{"a"', "text", '{"a"'),
    ('{"a"', None, '{"a"'),
]


@pytest.mark.parametrize(("args", "kept", "goes_back"), MENDED)
def test_what_keeps_langchain_from_mending_a_broken_call_is_not_sent(
    args: str, kept: Any, goes_back: str | None
) -> None:
    more = {"additional_kwargs": {"broken_tool_calls": kept}} if kept else {}
    message = AIMessage("", invalid_tool_calls=[broken(args)], **more)
    ((_, _, found),) = calls_in(sent.body("chat", "?", message, result("No.")))
    assert found == ({"arguments": goes_back} if goes_back else {})


# --- what only one vendor reads
SIGNATURE = {"google": {"thought_signature": "c2ln"}}
GEMINI = "google/gemini-2.5-pro"


@pytest.mark.parametrize(
    "model", [GEMINI, "gemini-2.0-flash", sent.GPT, "moonshot/kimi-k2-6", sent.UNKNOWN]
)
def test_the_signature_of_gemini_goes_to_gemini_only(model: str) -> None:
    kwargs = {"tool_call_extras": {"c": SIGNATURE}, "extra_content": SIGNATURE}
    turn = sent.turns(model, "?", called(additional_kwargs=kwargs), result("r"))[1]
    expected = SIGNATURE if "gemini" in model else None
    assert turn.get("extra_content") == turn["tool_calls"][0].get("extra_content") == expected
    by_gpt = called(additional_kwargs=kwargs, response_metadata={"model_name": "gpt-4o"})
    assert "extra_content" not in json.dumps(sent.turns(model, "?", by_gpt, result("r")))


def signed_calls() -> list[AIMessage]:
    kwargs = {"tool_call_extras": {"c": SIGNATURE}}
    message = called(call(a=1), additional_kwargs=kwargs)
    begun: Any = {"name": "f", "args": '{"a"', "id": "c", "index": 0}
    ended: Any = {"name": None, "args": ": 1}", "id": None, "index": 0}
    first = AIMessageChunk(content="", tool_call_chunks=[begun], additional_kwargs=kwargs)
    merged: Any = first + AIMessageChunk(content="", tool_call_chunks=[ended])
    again: Any = messages_from_dict(messages_to_dict([message]))[0]
    block = {**call(a=1), "extras": {"extra_content": SIGNATURE}}
    both = called(call(a=1), content=[{**block, "extras": {"extra_content": {"other": 1}}}])
    both.additional_kwargs = kwargs  # which counts
    return [message, merged, again, answer(block), called(call(a=1), content=[block]), both]


def test_the_signature_of_a_call_is_found_wherever_it_is_kept() -> None:
    expected = [{**chat_call("c", "f", {"a": 1}), "extra_content": SIGNATURE}]
    for message in signed_calls():
        assert sent.turns(GEMINI, "?", message, result("r"))[1]["tool_calls"] == expected, message


@pytest.mark.parametrize("model", [sent.OLD_CLAUDE, sent.NEW_CLAUDE])
def test_claude_gets_back_which_of_its_tools_called_and_nothing_of_google(model: str) -> None:
    caller = {"type": "code_execution_20250825", "tool_id": "srvtoolu_9"}
    kwargs = {"tool_call_extras": {"c": {"anthropic": {"caller": caller}}, "d": SIGNATURE}}
    message = called(call(), call("d"), additional_kwargs=kwargs)
    back = answer_back(model, message, result("1"), result("2", "d"))[0]["content"]
    assert back == [{**use(), "caller": caller}, use("d")]
