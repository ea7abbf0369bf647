"""Reasoning of earlier answers: it goes back to those who can read it, once, and to nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sent
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from sent import Json, Service, answer, answer_back, call, called, result, text, turns

OURS = {"model_provider": "aimlapi", "model_name": "x"}
HM = {"reasoning_content": "Hm."}
SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
UNSIGNED = {"type": "thinking", "thinking": "Hm."}
REDACTED = {"type": "redacted_thinking", "data": "cmVk"}


def thought(words: str, signature: str = "", **more: Any) -> Json:
    block = {"type": "reasoning", "reasoning": words, **more}
    return {**block, "extras": {"signature": signature}} if signature else block


def details(*entries: Any, **more: Any) -> AIMessage:
    return AIMessage("Hi", additional_kwargs={"reasoning_details": list(entries), **more})


# --- reasoning_content on chat/completions
IN_WORDS: dict[str, AIMessage] = {
    "a field": AIMessage("Hi", additional_kwargs=HM),
    "details": details({"type": "reasoning.text", "text": "Hm."}, 5),
    "a summary": details({"summary": "H"}, {"text": "m."}),
    "a block and a field": answer(thought("Hm."), text("Hi"), additional_kwargs=HM),
    "blocks": answer(thought("H"), thought("m."), text("Hi")),
}


@pytest.mark.parametrize("message", IN_WORDS.values(), ids=IN_WORDS)
def test_reasoning_goes_back_once_where_it_is_documented(message: AIMessage) -> None:
    for model in (sent.NEW_CLAUDE, "anthropic/claude-opus-5"):
        assert answer_back(model, message, request_schema="openai") == [
            {"role": "assistant", "content": "Hi", "reasoning_content": "Hm."}
        ]
    for model in (sent.GPT, sent.UNKNOWN, "moonshot/kimi-k2-0905-preview"):
        assert answer_back(model, message) == [{"role": "assistant", "content": "Hi"}]


KIMI = "moonshot/kimi-k2-6"
DEMANDED = {
    "deepseek/deepseek-v4-flash": "deepseek-reasoner",
    "deepseek/deepseek-v4-pro": "deepseek-v4-pro",
    KIMI: "kimi-k2-thinking",
    "zhipu/glm-4.6": "glm-4.6",
    "minimax/m2-1": "MiniMax-M2.1",
}
"""Models that refuse calls without the reasoning that led to them, and what they answer as."""


def thought_by(served: str, *, calls: bool = True) -> list[BaseMessage]:
    metadata = {**OURS, "model_name": served}
    more: Json = {"additional_kwargs": HM, "response_metadata": metadata}
    if calls:
        return [called(**more), result("r")]
    return [AIMessage("Sunny.", **more), HumanMessage("And?")]


@pytest.mark.parametrize(("model", "served"), DEMANDED.items())
def test_reasoning_goes_back_with_calls_to_vendors_that_demand_it(model: str, served: str) -> None:
    plain = turns(model, "?", *thought_by(served, calls=False))[1]
    assert "reasoning_content" not in plain
    unnamed = called(additional_kwargs=HM)
    assert turns(model, "?", unnamed, result("r"))[1]["reasoning_content"] == "Hm."


DEEPSEEKS = {"deepseek/deepseek-v4-flash", "deepseek/deepseek-v4-pro"}
READERS: dict[str, set[str]] = {
    "deepseek-reasoner": DEEPSEEKS,
    "deepseek-v4-pro": DEEPSEEKS,
    "kimi-k2-thinking": {KIMI},
    "glm-4.6": {"zhipu/glm-4.6"},
    "MiniMax-M2.1": {"minimax/m2-1"},
    "gpt-5": set(),
    "qwen3-max": set(),
}
OTHERS = [
    *(sent.GPT, "deepseek-ai/deepseek-llm-67b-chat"),
    *("google/gemini-2.5-pro", sent.UNKNOWN),
]


@pytest.mark.parametrize(("served", "readers"), READERS.items())
def test_reasoning_goes_to_no_other_vendor(served: str, readers: set[str]) -> None:
    history = thought_by(served)
    found = {
        model
        for model in (*DEMANDED, *OTHERS)
        if "reasoning_content" in turns(model, "?", *history)[1]
    }
    assert found == readers


def test_deepseek_r1_gets_no_reasoning_back() -> None:
    message, _ = thought_by("deepseek-r1")
    assert "reasoning_content" not in answer_back("deepseek/deepseek-r1", message)[0]


def test_the_user_may_say_otherwise() -> None:
    history = thought_by("kimi-k2-thinking")
    service = Service()
    for model, setting in ((sent.UNKNOWN, True), (KIMI, False)):
        of_call = service.asked(service.model(model), "?", *history, resend_reasoning=setting)
        of_model = service.asked(service.model(model, resend_reasoning=setting), "?", *history)
        for body in (of_call, of_model):
            assert ("reasoning_content" in body["messages"][1]) is setting


# --- signed thoughts of Claude
SIGNED_DETAIL = {"type": "reasoning.text", "text": "Hm.", "signature": "c2ln"}
OF_GOOGLE = {"type": "reasoning.text", "text": "G", "format": "google-v1"}
CLAUDES: dict[str, AIMessage] = {
    "Claude's own": answer(SIGNED, text("Hi")),
    "a standard block": answer(thought("Hm.", "c2ln"), text("Hi")),
    "details": details(SIGNED_DETAIL, **HM),
    "apart from its text": details({"type": "reasoning.text", "signature": "c2ln"}, **HM),
    "behind others": details(5, OF_GOOGLE, {"type": "reasoning.encrypted"}, SIGNED_DETAIL),
    "pieces of a stream": answer(thought("H"), thought("m."), thought("", "c2ln"), text("Hi")),
    "two places": answer(
        SIGNED, text("Hi"), additional_kwargs={**HM, "reasoning_details": [SIGNED_DETAIL]}
    ),
    "marked as Claude's": answer({**SIGNED, "format": "anthropic-claude-v1"}, text("Hi")),
}


@pytest.mark.parametrize("message", CLAUDES.values(), ids=CLAUDES)
def test_signed_thoughts_go_back_to_claude_once(message: AIMessage) -> None:
    for route in ("claude", "messages"):
        assert answer_back(route, message)[0]["content"] == [SIGNED, text("Hi")]


GEMINIS = {"signature": "x", "format": "google-gemini-v1"}
NOT_SIGNED: dict[str, AIMessage] = {
    "no signature": answer(UNSIGNED, text("Hi")),
    "a field": AIMessage("Hi", additional_kwargs=HM),
    "details of Google": details({"text": "Hm.", "signature": "x", "format": "google-v1"}),
    "details that are none": AIMessage("Hi", additional_kwargs={"reasoning_details": "Hm."}),
    "signed by Google": answer(thought("Hm.", extras=GEMINIS), text("Hi")),
    "answered by Google": answer(
        SIGNED, text("Hi"), response_metadata={"model_provider": "google_genai"}
    ),
    "sealed": answer(thought("", id="rs_1", extras={"encrypted_content": "x"}), text("Hi")),
}


@pytest.mark.parametrize("message", NOT_SIGNED.values(), ids=NOT_SIGNED)
def test_thoughts_that_claude_did_not_sign_are_left_out(message: AIMessage) -> None:
    for route in ("claude", "messages"):
        assert answer_back(route, message)[0]["content"] in ("Hi", [text("Hi")])


def test_encrypted_thoughts_go_back_to_claude() -> None:
    for message in (
        answer(REDACTED, text("Hi")),
        answer({"type": "non_standard", "value": REDACTED}, text("Hi")),
        details({"type": "reasoning.encrypted", "data": "cmVk"}),
    ):
        for route in ("claude", "messages"):
            assert answer_back(route, message)[0]["content"] == [REDACTED, text("Hi")]
        assert answer_back("chat", message)[0]["content"] == "Hi"


@pytest.mark.parametrize("route", ["claude", "messages"])
def test_signed_thoughts_go_back_where_they_came(route: str) -> None:
    later = {**SIGNED, "thinking": "So.", "signature": "c28="}
    message = called(content=[thought("Hm.", "c2ln"), text("A"), REDACTED, later, text("B")])
    use = {"type": "tool_use", "id": "c", "name": "f", "input": {}}
    (back, *_) = answer_back(route, message, result("r"))
    assert back["content"] == [SIGNED, text("A"), REDACTED, later, text("B"), use]
    first = called(content=[{**use, "index": 0}, {**SIGNED, "index": 1}])
    assert answer_back(route, first, result("r"))[0]["content"] == [use, SIGNED]


def test_thoughts_that_are_not_shown_go_back_by_their_signature() -> None:
    hidden = answer(thought("", "c2ln"), text("a"))
    assert answer_back("messages", hidden)[0]["content"][0] == {**SIGNED, "thinking": ""}
    signatures = answer(thought("1"), thought("", "s1"), thought("", "s2"), text("a"))
    found = answer_back("messages", signatures)[0]["content"][:-1]
    assert [(block["thinking"], block["signature"]) for block in found] == [("1", "s1"), ("", "s2")]


def test_thoughts_are_left_out_for_a_claude_that_documents_none() -> None:
    settings = {"request_schema": "anthropic"}
    (back,) = answer_back("anthropic/claude-3.5-sonnet", answer(SIGNED, text("Hi")), **settings)
    assert back["content"] == "Hi"


# --- a budget of thinking on /messages
BUDGET = {"type": "enabled", "budget_tokens": 1024}


def thinks(*messages: Any, **settings: Any) -> Any:
    return sent.body("messages", *messages, **{"thinking": BUDGET, **settings}).get("thinking")


THOUGHT_OF: list[Any] = ["?", called(content=[SIGNED]), result("r")]
WITHOUT_THOUGHT: list[list[Any]] = [
    ["?", called(), result("r")],
    ["?", called(content="I add."), result("r")],
    ["?", called(), result("r"), called(call("d"), content=[SIGNED]), result("s", "d")],
    [*THOUGHT_OF, AIMessage("3"), "?", called(call("d")), result("s", "d")],
]


def test_a_budget_is_left_out_where_no_thought_led_to_the_calls() -> None:
    for messages in WITHOUT_THOUGHT:
        with pytest.warns(UserWarning, match=r"is left out of this call: the results go to calls"):
            assert thinks(*messages) is None


CAN_THINK: list[list[Any]] = [
    ["?"],
    THOUGHT_OF,
    ["?", called(content=[REDACTED]), result("r")],
    [*THOUGHT_OF, called(call("d")), result("s", "d")],
    ["?", called(), result("r"), "And now?"],
    [result("r")],
    ["?", AIMessage("It is")],
]


def test_a_budget_stays_where_claude_can_think() -> None:
    for messages in CAN_THINK:
        assert thinks(*messages) == BUDGET, messages


def test_other_forms_of_thinking_stay() -> None:
    history = ["?", called(), result("r")]
    assert thinks(*history, thinking={"type": "adaptive"}) == {"type": "adaptive"}
    assert thinks(*history, thinking=None) is None
    assert thinks(*history, extra_body={"thinking": BUDGET}) == BUDGET


# --- sealed thoughts of /responses
SEALED = {"encrypted_content": "c2Vh"}
RESPONSES = {**OURS, "endpoint": "responses", "id": "resp_1"}


def item(*summary: str, **more: Any) -> Json:
    parts = [{"type": "summary_text", "text": words} for words in summary]
    return {"type": "reasoning", "id": "rs_1", "summary": parts, **more}


def test_sealed_thoughts_go_back_as_the_item_that_they_were() -> None:
    message = answer(
        thought("Hm.", id="rs_1", extras={**SEALED, "status": "completed"}),
        thought("So.", id="rs_1"),
        thought("No.", id="rs_2", extras={"encrypted_content": "x"}),
        text("Hi", id="msg_1"),
        response_metadata=RESPONSES,
    )
    first = item("Hm.", "So.", **SEALED, status="completed")
    second = item("No.", id="rs_2", encrypted_content="x")
    assert answer_back("responses", message) == [first, second, sent.SAID]
    bare = answer(thought("", id="rs_1", extras=SEALED), call(), response_metadata=RESPONSES)
    assert answer_back("responses", bare, result("r"))[0] == item(**SEALED)
    raw = thought("raw", id="rs_1", extras={**SEALED, "part": "reasoning_text"})
    shown = answer(raw, text("Hi", id="msg_1"), response_metadata=RESPONSES)
    content = [{"type": "reasoning_text", "text": "raw"}]
    assert answer_back("responses", shown)[0] == item(**SEALED, content=content)


def test_each_call_keeps_the_thought_that_led_to_it() -> None:
    message = answer(
        thought("a", id="rs_1", extras=SEALED),
        call("1"),
        thought("b", id="rs_2", extras=SEALED),
        call("2"),
        response_metadata=RESPONSES,
    )
    items = answer_back("responses", message, result("x", "1"), result("y", "2"))[:4]
    assert [each.get("id") or each["call_id"] for each in items] == ["rs_1", "1", "rs_2", "2"]


def sealed(block: Json | None = None, text_id: str = "msg_1", **metadata: Any) -> AIMessage:
    """Return an answer that thought."""
    thinks_ = block or thought("Hm.", id="rs_1", extras=SEALED)
    return answer(thinks_, text("Hi", id=text_id), response_metadata=metadata)


ELSEWHERE: dict[str, tuple[str, AIMessage]] = {
    "made on messages": ("responses", sealed(**{**OURS, "endpoint": "messages"})),
    "of OpenAI itself": ("responses", sealed(item(**SEALED), "msg_9", model_provider="openai")),
    "of another vendor": ("x-ai/grok-4-3", sealed(**{**RESPONSES, "model_name": "gpt-5.4"})),
    "of Grok": ("responses", sealed(**{**RESPONSES, "model_name": "x/Grok-4"})),
    "not sealed": ("responses", sealed(thought("Hm.", id="rs_1"), **RESPONSES)),
    "without an id": ("responses", sealed(thought("Hm.", extras=SEALED))),
    "to a model without reasoning": ("openai/gpt-4o", sealed()),
}


def test_a_thought_that_led_to_nothing_stays_out() -> None:
    last = thought("Hm.", id="rs_1", extras=SEALED)
    message = answer(text("Hi", id="msg_1"), last, response_metadata=RESPONSES)
    assert answer_back("responses", message) == [sent.SAID]


@pytest.mark.parametrize(("route", "message"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_thoughts_that_the_service_would_refuse_stay_out(route: str, message: AIMessage) -> None:
    (only,) = answer_back(route, message, endpoint="responses")
    assert only == sent.SAID or only == {"role": "assistant", "content": "Hi"}  # noqa: PLR1714  # dicts


UUID = "0b7ad1c4-1f2e-4c3d-9a8b-7c6d5e4f3a2b"
MADE_UP = ["lc_1", "run-0199-0", "lc_run--0199", "chatcmpl-1", UUID]


@pytest.mark.parametrize("item_id", [*MADE_UP, "msg_1", "rs_1"])
def test_an_id_that_the_service_did_not_give_is_not_sent(item_id: str) -> None:
    (said,) = answer_back("responses", answer(text("Hi", id=item_id), id=item_id))
    assert said == (sent.SAID if item_id == "msg_1" else {"role": "assistant", "content": "Hi"})
    number = answer(text("Hi", id=5), response_metadata=RESPONSES)
    assert answer_back("responses", number) == [{"role": "assistant", "content": "Hi"}]
    message = answer(thought("Hm.", id=item_id, extras=SEALED), text("Hi"))
    kinds = [each.get("type") for each in answer_back("responses", message)]
    assert ("reasoning" in kinds) is (item_id == "rs_1")


def test_thoughts_are_known_by_their_id_only_where_answers_are_kept() -> None:
    for store, kept, goes_back in (
        (True, {}, True),
        (True, {"store": False}, False),
        (None, {}, False),
    ):
        metadata = {**RESPONSES, **kept}
        message = answer(thought("Hm.", id="rs_1"), text("Hi"), response_metadata=metadata)
        assert (item("Hm.") in answer_back("responses", message, store=store)) is goes_back


def test_an_item_that_the_user_wrote_goes_as_it_is() -> None:
    message = answer({**item(**SEALED), "index": 3}, text("Hi", index=4))
    assert answer_back("responses", message)[0] == item(**SEALED)


# --- everywhere
@pytest.mark.parametrize("route", ["chat", "responses"])
def test_claudes_thoughts_go_to_no_other_vendor(route: str) -> None:
    for message in (answer(SIGNED, REDACTED, text("Hi")), CLAUDES["details"]):
        found = json.dumps(answer_back(route, message))
        assert "Hm." not in found
        assert "cmVk" not in found
        assert "Hi" in found
