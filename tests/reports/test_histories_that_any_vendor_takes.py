"""Histories go back in a form that the next service takes: results, names, ids, arguments."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from sent import ROUTES, Json, body_sent, calls_in, results_in

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import UnsupportedContentError

PNG = "iVBORw0KGgo="
MISTRAL = {"model": "mistralai/mistral-small-2603"}


def called(call_id: str = "call_1", name: str = "f", **args: Any) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": call_id}])


def text_of(content: Any) -> str:
    """Return a result's content as text; blocks are joined by line breaks."""
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content)


# --- results of tools ---------------------------------------------------------------------------
def tool_result(content: Any, call_id: str = "call_1", **more: Any) -> Json:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **more}


RESULTS = {
    "as text": [tool_result("the result")],
    "as blocks": [tool_result([{"type": "text", "text": "the result"}])],
    "as one block": [tool_result({"type": "text", "text": "the result"})],
    "inside of another": [tool_result([tool_result("the result")])],
    "without an id": [{"type": "tool_result", "content": "the result"}],
    "beside text": [tool_result("the result"), {"type": "text", "text": "and more"}],
    "behind text": [{"type": "text", "text": "first"}, tool_result("the result")],
    "twice": [tool_result("the result"), tool_result("again")],
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("content", RESULTS.values(), ids=RESULTS)
def test_anthropics_block_in_a_tool_message_is_the_result(route: str, content: Any) -> None:
    history = [HumanMessage("?"), called(), ToolMessage(content, tool_call_id="call_1")]
    ((call_id, result),) = results_in(body_sent(history, **ROUTES[route]))
    assert call_id == "call_1"
    expected = ["the result"]
    expected += [t for t in ("and more", "again") if t in json.dumps(content)]
    if "first" in json.dumps(content):
        expected.insert(0, "first")
    assert text_of(result) == "\n".join(expected)


@pytest.mark.parametrize("route", ROUTES)
def test_results_of_several_calls_in_one_message_are_results_of_their_own(route: str) -> None:
    answer = AIMessage(
        "",
        tool_calls=[
            {"name": "f", "args": {}, "id": "call_1"},
            {"name": "f", "args": {}, "id": "call_2"},
        ],
    )
    both = ToolMessage([tool_result("one"), tool_result("two", "call_2")], tool_call_id="call_1")
    body = body_sent([HumanMessage("?"), answer, both], **ROUTES[route])
    assert results_in(body) == [("call_1", "one"), ("call_2", "two")]


@pytest.mark.parametrize("route", ["claude in chat", "messages"])
def test_a_failed_result_says_so_to_claude(route: str) -> None:
    failed = ToolMessage([tool_result("no", is_error=True)], tool_call_id="call_1")
    body = body_sent([HumanMessage("?"), called(), failed], **ROUTES[route])
    assert body["messages"][-1]["content"][0]["is_error"] is True


@pytest.mark.parametrize("route", ROUTES)
def test_a_result_inside_of_an_answer_is_refused_not_lost(route: str) -> None:
    with pytest.raises(UnsupportedContentError, match="tool result"):
        body_sent([HumanMessage("?"), AIMessage([tool_result("x")])], **ROUTES[route])


PICTURE = {"type": "image", "base64": PNG, "mime_type": "image/png"}
MARK, LATER = {"type": "ephemeral"}, {"type": "ephemeral", "ttl": "1h"}
MARKED: dict[str, tuple[Any, Json]] = {
    "on a text": ([{"type": "text", "text": "a", "cache_control": MARK}], MARK),
    "the last counts": (
        [
            {"type": "text", "text": "a", "cache_control": MARK},
            {"type": "text", "text": "b", "cache_control": LATER},
        ],
        LATER,
    ),
    "in a result block": (
        [tool_result([{"type": "text", "text": "a", "cache_control": MARK}])],
        MARK,
    ),
    "on a result block": ([tool_result("a", cache_control=LATER)], LATER),
    "on a picture": (
        [{"type": "image", "base64": PNG, "mime_type": "image/png", "cache_control": MARK}],
        MARK,
    ),
}


@pytest.mark.parametrize("route", ["claude in chat", "messages"])
@pytest.mark.parametrize(("content", "mark"), MARKED.values(), ids=MARKED)
def test_a_cache_mark_inside_of_a_result_is_one_of_the_result(
    route: str, content: Any, mark: Json
) -> None:
    history = [HumanMessage("?"), called(), ToolMessage(content, tool_call_id="call_1")]
    (result,) = body_sent(history, **ROUTES[route])["messages"][-1]["content"]
    assert result["cache_control"] == mark
    assert "cache_control" not in json.dumps(result["content"])


# --- names --------------------------------------------------------------------------------------
NAMES = {
    "multi_tool_use.parallel": "multi_tool_use_parallel",
    "get weather": "get_weather",
    "wetter\u00fcbersicht": "wetter_bersicht",
    "n" * 70: "n" * 64,
    "": "unknown",
    "get-it_1": "get-it_1",
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("broken", [False, True], ids=["read", "broken"])
@pytest.mark.parametrize(("name", "sent"), NAMES.items(), ids=NAMES.values())
def test_a_name_that_services_refuse_is_made_to_fit(
    route: str, *, broken: bool, name: str, sent: str
) -> None:
    answer = called(name=name, x=1)
    if broken:
        wrong: Any = {"name": name, "args": "{", "id": "call_1", "error": None}
        answer = AIMessage("", invalid_tool_calls=[wrong])
    history = [HumanMessage("?"), answer, ToolMessage("r", tool_call_id="call_1")]
    ((_, found, _),) = calls_in(body_sent(history, **ROUTES[route]))
    assert found == sent


# --- ids ----------------------------------------------------------------------------------------
ID_FORMS = {
    "chat": (ROUTES["chat"], r".{1,40}", ["call_1", "toolu_01A", "x" * 40]),
    "mistral": (MISTRAL, r"[a-zA-Z0-9]{9}", ["abcDEF123"]),
    "responses": (ROUTES["responses"], r".{1,64}", ["call_1", "x" * 64]),
    "claude in chat": (ROUTES["claude in chat"], r"[a-zA-Z0-9_-]{1,64}", ["call_1", "x" * 64]),
    "messages": (ROUTES["messages"], r"[a-zA-Z0-9_-]{1,64}", ["call_1", "x" * 64]),
    "a model that nobody knows": ({"model": "vendor/new"}, r".*", ["x" * 90, "a.b c"]),
}
OF_OTHERS = ["call_1", "functions.f:0", "x" * 90, "x" * 89 + "y", "abcDEF123", "0", "f\u00fcnf"]


@pytest.mark.parametrize(("settings", "form", "fitting"), ID_FORMS.values(), ids=ID_FORMS)
def test_ids_of_another_vendor_are_made_to_fit(
    settings: Json, form: str, fitting: list[str]
) -> None:
    ids = list(dict.fromkeys([*OF_OTHERS, *fitting]))
    calls = [{"name": "f", "args": {}, "id": call_id} for call_id in ids]
    results = [ToolMessage(call_id, tool_call_id=call_id) for call_id in ids]
    body = body_sent([HumanMessage("?"), AIMessage("", tool_calls=calls), *results], **settings)
    sent = [call_id for call_id, _, _ in calls_in(body)]
    assert all(re.fullmatch(form, call_id, re.DOTALL) for call_id in sent)
    assert len(set(sent)) == len(ids)
    assert [call_id for call_id, _ in results_in(body)] == sent
    for call_id in fitting:
        assert sent[ids.index(call_id)] == call_id


@pytest.mark.parametrize("settings", [form[0] for form in ID_FORMS.values()], ids=ID_FORMS)
def test_the_same_id_is_sent_the_same_way_in_every_request(settings: Json) -> None:
    history = [HumanMessage("?"), called("x" * 90), ToolMessage("r", tool_call_id="x" * 90)]
    first = body_sent(history, **settings)
    later = body_sent([*history, AIMessage("So."), HumanMessage("And?")], **settings)
    assert calls_in(first) == calls_in(later)


@pytest.mark.parametrize("route", ROUTES)
def test_two_calls_with_one_id_both_go_back(route: str) -> None:
    blocks = [{"type": "text", "text": "Look."}]
    blocks += [{"type": "tool_call", "id": "0", "name": n, "args": {}} for n in ("f", "g")]
    calls = [{"id": "0", "name": n, "args": {}} for n in ("f", "g")]
    answer = AIMessage(blocks, tool_calls=calls)
    results = [ToolMessage(n, tool_call_id="0") for n in ("f", "g")]
    body = body_sent([HumanMessage("?"), answer, *results], **ROUTES[route])
    assert [name for _, name, _ in calls_in(body)] == ["f", "g"]


# --- arguments ----------------------------------------------------------------------------------
ARGUMENTS: dict[str, tuple[Any, Json]] = {
    "cut off": ('{"a": [1', {"arguments": '{"a": [1'}),
    "no object": ("[1, 2]", {"arguments": "[1, 2]"}),
    "words": ("none needed", {"arguments": "none needed"}),
    "NaN": ('{"a": NaN}', {"arguments": '{"a": NaN}'}),
    "a raw line break": ('{"a": "x\ny"}', {"a": "x\ny"}),
    "nothing": ("", {}),
    "null": (None, {}),
}


@pytest.mark.parametrize("route", [*ROUTES, "mistral"])
@pytest.mark.parametrize(("text", "sent"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_broken_arguments_go_back_as_json(route: str, text: Any, sent: Json) -> None:
    broken: Any = {"name": "f", "args": text, "id": "call_1", "error": "no JSON"}
    answer = AIMessage("", invalid_tool_calls=[broken])
    history = [HumanMessage("?"), answer, ToolMessage("Try again.", tool_call_id="call_1")]
    ((_, _, args),) = calls_in(body_sent(history, **(ROUTES | {"mistral": MISTRAL})[route]))
    assert args == sent


@pytest.mark.parametrize("route", ROUTES)
def test_a_number_that_json_does_not_have_does_not_end_the_conversation(route: str) -> None:
    history = [HumanMessage("?"), called(x=float("nan")), ToolMessage("r", tool_call_id="call_1")]
    ((_, _, args),) = calls_in(body_sent(history, **ROUTES[route]))
    assert args == {"arguments": '{"x": NaN}'}


# --- what only one vendor reads -----------------------------------------------------------------
SIGNATURE = {"google": {"thought_signature": "c2ln"}}
GEMINI, KIMI = "google/gemini-2.5-pro", "moonshot/kimi-k2-6"
READERS = {
    GEMINI: True,
    "gemini-2.0-flash": True,
    "openai/gpt-4o": False,
    KIMI: False,
    "vendor/new": False,
}


@pytest.mark.parametrize(("model", "reads"), READERS.items())
def test_the_signature_of_gemini_goes_to_gemini_only(model: str, *, reads: bool) -> None:
    answer = called()
    answer.additional_kwargs["tool_call_extras"] = {"call_1": SIGNATURE}
    answer.additional_kwargs["extra_content"] = SIGNATURE
    history = [HumanMessage("?"), answer, ToolMessage("r", tool_call_id="call_1")]
    turn = body_sent(history, model=model)["messages"][1]
    assert turn.get("extra_content") == (SIGNATURE if reads else None)
    assert turn["tool_calls"][0].get("extra_content") == (SIGNATURE if reads else None)


def thought_by(model: str, *, calls: bool = True) -> list[BaseMessage]:
    answer = called() if calls else AIMessage("Sunny.")
    answer.additional_kwargs["reasoning_content"] = "Look it up."
    answer.response_metadata = {"model_provider": "aimlapi", "model_name": model}
    last: BaseMessage = ToolMessage("r", tool_call_id="call_1") if calls else HumanMessage("And?")
    return [HumanMessage("?"), answer, last]


KEEPERS = {
    "deepseek/deepseek-v4-flash": "deepseek-reasoner",
    "deepseek/deepseek-v4-pro": "deepseek-v4-pro",
    KIMI: "kimi-k2-thinking",
    "zhipu/glm-4.6": "glm-4.6",
    "minimax/m2-1": "MiniMax-M2.1",
}
OTHERS = ["openai/gpt-4o", "deepseek-ai/deepseek-llm-67b-chat", GEMINI, "vendor/new"]


@pytest.mark.parametrize(("model", "served"), KEEPERS.items())
def test_reasoning_goes_back_with_calls_to_vendors_that_demand_it(model: str, served: str) -> None:
    assert body_sent(thought_by(served), model=model)["messages"][1]["reasoning_content"] == (
        "Look it up."
    )
    plain = body_sent(thought_by(served, calls=False), model=model)
    assert "reasoning_content" not in plain["messages"][1]


def test_deepseek_r1_gets_no_reasoning_back() -> None:
    for calls in (True, False):
        history = thought_by("deepseek-r1", calls=calls)[:2]
        turn = body_sent([*history, HumanMessage("And?")], model="deepseek/deepseek-r1")[
            "messages"
        ][1]
        assert "reasoning_content" not in turn


@pytest.mark.parametrize("model", [*OTHERS, *KEEPERS])
@pytest.mark.parametrize("served", ["gpt-5", "qwen3-max", *KEEPERS.values()])
def test_reasoning_goes_to_no_other_vendor(model: str, served: str) -> None:
    vendors = {model.split("/", maxsplit=1)[0].removesuffix("ai"), model.rsplit("/", 1)[-1][:4]}
    same = any(vendor[:4].lower() in served.lower() for vendor in vendors)
    turn = body_sent(thought_by(served), model=model)["messages"][1]
    assert ("reasoning_content" in turn) == (same and model in KEEPERS)


@pytest.mark.parametrize(
    ("setting", "model", "sent"), [(True, "vendor/new", True), (False, KIMI, False)]
)
def test_the_user_may_say_otherwise(*, setting: bool, model: str, sent: bool) -> None:
    history = thought_by("kimi-k2-thinking")
    turn = body_sent(history, model=model, resend_reasoning=setting)["messages"][1]
    assert ("reasoning_content" in turn) is sent


# --- ids of items -------------------------------------------------------------------------------
MADE_UP = [
    "lc_1",
    "run-0199-0",
    "lc_run--0199",
    "chatcmpl-1",
    "0b7ad1c4-1f2e-4c3d-9a8b-7c6d5e4f3a2b",
]


@pytest.mark.parametrize("item_id", [*MADE_UP, "msg_1"])
def test_an_id_that_the_service_did_not_give_is_not_sent_to_responses(item_id: str) -> None:
    answer = AIMessage([{"type": "text", "text": "Hi", "id": item_id}], id=item_id)
    body = body_sent([HumanMessage("?"), answer, HumanMessage("!")], **ROUTES["responses"])
    assert body["input"][1]["content"] in (
        "Hi",
        [{"type": "output_text", "text": "Hi", "annotations": []}],
    )
    assert body["input"][1].get("id") == ("msg_1" if item_id == "msg_1" else None)


@pytest.mark.parametrize("item_id", [*MADE_UP, "rs_1"])
def test_reasoning_without_an_id_of_the_service_stays_out(item_id: str) -> None:
    thought = {
        "type": "reasoning",
        "reasoning": "Hm.",
        "id": item_id,
        "extras": {"encrypted_content": "c2ln"},
    }
    answer = AIMessage([thought, {"type": "text", "text": "Hi"}])
    body = body_sent([HumanMessage("?"), answer, HumanMessage("!")], model="openai/gpt-5-4")
    kinds = [item.get("type") for item in body["input"]]
    assert ("reasoning" in kinds) == (item_id == "rs_1")


# --- parts --------------------------------------------------------------------------------------
PAGE = "https://example.com/a"
IMAGE_URL, FILE_DATA = f"data:image/png;base64,{PNG}", "data:application/pdf;base64,JVBERi0="
OWN_PARTS = {
    "a picture by data": ({"type": "input_image", "image_url": IMAGE_URL}, PNG),
    "a picture by URL": (
        {"type": "input_image", "image_url": "https://x.org/a.png"},
        "https://x.org/a.png",
    ),
    "a file by data": (
        {"type": "input_file", "filename": "a.pdf", "file_data": FILE_DATA},
        "JVBERi0=",
    ),
    "a file by URL": (
        {"type": "input_file", "file_url": "https://x.org/a.pdf"},
        "https://x.org/a.pdf",
    ),
}


@pytest.mark.parametrize("route", ["chat", "responses", "messages"])
@pytest.mark.parametrize(("part", "inside"), OWN_PARTS.values(), ids=OWN_PARTS)
def test_parts_of_openais_responses_api_are_read_everywhere(
    route: str, part: Json, inside: str
) -> None:
    asked = body_sent([HumanMessage([part])], **ROUTES[route])
    result = ToolMessage([{"type": "text", "text": "Look:"}, part], tool_call_id="call_1")
    returned = body_sent([HumanMessage("?"), called(), result], **ROUTES[route])
    for body in (asked, returned):
        assert inside in json.dumps(body)
        assert ("input_" in json.dumps(body)) == (route == "responses")
    if route == "responses":
        ((_, output),) = results_in(returned)
        assert [part["type"] for part in output] == ["input_text", part["type"]]


@pytest.mark.parametrize("kind", ["input_image", "input_file"])
def test_the_id_of_an_upload_goes_to_the_responses_api(kind: str) -> None:
    body = body_sent([HumanMessage([{"type": kind, "file_id": "file-1"}])], **ROUTES["responses"])
    assert body["input"][0]["content"][0]["file_id"] == "file-1"


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("kind", ["image", "input_image", "input_file", "file", "mystery"])
def test_a_picture_or_a_file_counts_as_a_flat_price(kind: str, *, nested: bool) -> None:
    data = "QUJD" * 100_000
    part: Json = {
        "image": {"type": "image", "base64": data, "mime_type": "image/png"},
        "input_image": {"type": "input_image", "image_url": f"data:image/png;base64,{data}"},
        "input_file": {"type": "input_file", "file_data": f"data:application/pdf;base64,{data}"},
        "file": {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{data}"}},
        "mystery": {"type": "mystery", "data": data},
    }[kind]
    message: BaseMessage = HumanMessage([part])
    if nested:
        message = ToolMessage([tool_result([part])], tool_call_id="call_1")
    model = ChatAIMLAPI(model="openai/gpt-4o", api_key="k")
    assert 50 < model.get_num_tokens_from_messages([message]) < 2_000


UNDOCUMENTED = {
    "media of Google": {"type": "media", "data": "AAAA", "mime_type": "image/png"},
    "a cache point of Bedrock": {"cachePoint": {"type": "default"}},
    "a slip": {"type": "imge", "url": "https://x.org/a.png"},
}
EVERY_ROUTE = ROUTES | {
    "claude in OpenAI's schema": {"model": "anthropic/claude-sonnet-4", "request_schema": "openai"},
    "claude of both schemas": {"model": "claude-3-7-sonnet-20250219"},
    "gpt in Claude's schema": {"model": "openai/gpt-4o", "request_schema": "anthropic"},
}


@pytest.mark.parametrize("route", EVERY_ROUTE)
@pytest.mark.parametrize("part", UNDOCUMENTED.values(), ids=UNDOCUMENTED)
def test_a_part_that_no_document_has_is_refused_before_it_is_sent(route: str, part: Json) -> None:
    with pytest.raises(UnsupportedContentError, match="block 1"):
        body_sent([HumanMessage([{"type": "text", "text": "?"}, part])], **EVERY_ROUTE[route])


@pytest.mark.parametrize("part", UNDOCUMENTED.values(), ids=UNDOCUMENTED)
@pytest.mark.parametrize("model", ["vendor/new", "vendor/claude-new"])
def test_a_model_that_nobody_knows_gets_what_it_is_given(part: Json, model: str) -> None:
    body = body_sent([HumanMessage([{"type": "text", "text": "?"}, part])], model=model)
    assert body["messages"][0]["content"][1] == part


@pytest.mark.parametrize(
    "route", ["claude in chat", "claude in OpenAI's schema", "claude of both schemas"]
)
@pytest.mark.parametrize("kind", ["audio", "video"])
def test_claude_hears_and_watches_nothing(route: str, kind: str) -> None:
    part = {"type": kind, "base64": "AAAA", "mime_type": f"{kind}/mp4"}
    with pytest.raises(UnsupportedContentError, match=kind):
        body_sent([HumanMessage([part])], **EVERY_ROUTE[route])
