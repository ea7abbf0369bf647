"""How a conversation is carried on: what goes back, what stays out, what the service keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from responses_wire import (
    MODEL,
    Service,
    call,
    events_of,
    invoked,
    message,
    reasoning,
    response,
    streamed,
    text_part,
    wire,
)

if TYPE_CHECKING:
    from responses_wire import Json

PRO = "openai/gpt-5-pro"
CODEX = "openai/gpt-5-1-codex"
GROK = "x-ai/grok-4-3"
ENCRYPTED = ["reasoning.encrypted_content"]
CITED = {
    "type": "url_citation",
    "url": "https://a.example",
    "title": "A",
    "start_index": 0,
    "end_index": 5,
}
SEARCH = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "a", "sources": [{"type": "url", "url": "u"}]},
}
CODE = {
    "type": "code_interpreter_call",
    "id": "ci_1",
    "status": "completed",
    "code": "print(1)",
    "container_id": "cntr_1",
    "outputs": None,
}
MCP = {
    "type": "mcp_call",
    "id": "mcp_1",
    "server_label": "docs",
    "name": "ask",
    "arguments": '{"question": "why"}',
    "output": "because",
    "error": None,
}
APPROVAL = {
    "type": "mcp_approval_request",
    "id": "mcpr_1",
    "server_label": "docs",
    "name": "ask",
    "arguments": "{}",
}
LISTED = {"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "docs", "tools": []}
UNKNOWN = {"type": "hologram_call", "id": "h_1", "status": "completed", "light": [1, 2]}


def back(*items: Json, name: str = MODEL, **settings: Any) -> list[Json]:
    """Return what of an answer goes back when the conversation goes on; by a stream as well."""
    body = response(*items)
    sent: list[list[Json]] = []
    for answer in (invoked(body), streamed(wire(events_of(body))), *in_standard_form(body)):
        service = Service(response(message("ok")))
        results = [ToolMessage("3", tool_call_id=str(c["id"])) for c in answer.tool_calls]
        service.model(name).invoke(["Hi!", answer, *results, "Go on."], **settings)
        given = service.body["input"]
        assert given[0] == {"role": "user", "content": "Hi!"}
        assert given[-1] == {"role": "user", "content": "Go on."}
        sent.append(given[1 : -1 - len(results)] if results else given[1:-1])
    assert sent.count(sent[0]) == len(sent)
    return sent[0]


def in_standard_form(body: Json) -> list[AIMessage]:
    """Return the answer as `output_version="v1"` has it."""
    return [invoked(body, output_version="v1")]


BARE_CALL = {
    "type": "function_call",
    "call_id": "call_1",
    "name": "add",
    "arguments": '{"a": 1, "b": 2}',
}
SAID = {
    "type": "message",
    "id": "msg_1",
    "status": "completed",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hello", "annotations": []}],
}


def test_reasoning_goes_back_as_it_came_before_its_call() -> None:
    assert back(reasoning("First.", "Then."), call()) == [reasoning("First.", "Then."), BARE_CALL]


def test_reasoning_that_is_only_sealed_goes_back() -> None:
    assert back(reasoning(), call()) == [reasoning(), BARE_CALL]


def test_each_call_keeps_the_reasoning_that_led_to_it() -> None:
    second = {"call_id": "call_2", "id": "fc_2"}
    items = back(reasoning("a"), call(), reasoning("b", id="rs_2"), {**call(), **second})
    assert [item.get("id") or item["call_id"] for item in items] == [
        "rs_1",
        "call_1",
        "rs_2",
        "call_2",
    ]


def test_an_answer_in_parts_goes_back_under_its_id() -> None:
    cited = message(text_part("Hello", annotations=[CITED, {"type": "file_citation"}]))
    with_citation = {**SAID, "content": [{**SAID["content"][0], "annotations": [CITED]}]}  # type: ignore[index]  # a list
    assert back(reasoning(), cited) == [reasoning(), with_citation]
    assert back(reasoning(), message("Hello", phase="final_answer")) == [
        reasoning(),
        {**SAID, "phase": "final_answer"},
    ]


def test_a_plain_answer_goes_back_as_text() -> None:
    assert back(message("Hello")) == [{"role": "assistant", "content": "Hello"}]


def test_text_and_calls_keep_their_order() -> None:
    items = back(message("Hello"), call(), message("World", id="msg_2"))
    assert [item.get("type", "text") for item in items] == ["text", "function_call", "message"]


def test_a_refusal_goes_back() -> None:
    refused = {"type": "refusal", "refusal": "No."}
    assert back(reasoning(), message(refused)) == [reasoning(), {**SAID, "content": [refused]}]


@pytest.mark.parametrize("item", [SEARCH, CODE, MCP, LISTED, APPROVAL, UNKNOWN])
def test_traces_of_server_tools_go_back_as_they_came(item: Json) -> None:
    assert back(item, message("Hello")) == [item, SAID]


def test_what_a_model_does_not_document_stays_out() -> None:
    assert back(reasoning(), CODE, SEARCH, message("Hello"), name=PRO) == [SEARCH, SAID]


def test_reasoning_in_full_goes_back_as_it_came() -> None:
    shown = reasoning(content=[{"type": "reasoning_text", "text": "Hm."}])
    assert back(shown, message("Hello")) == [shown, SAID]


def test_reasoning_that_nobody_keeps_stays_out() -> None:
    assert back(reasoning("First.", sealed=None), message("Hello")) == [SAID]
    service = Service(response(reasoning("First.", sealed=None), message("Hello"), store=True))
    answer = service.model().invoke("Hi!", store=True)
    service.model().invoke(["Hi!", answer, "And now?"], store=True)
    assert service.body["input"][1:-1] == [reasoning("First.", sealed=None), SAID]


def test_reasoning_that_led_to_nothing_stays_out() -> None:
    cut = response(reasoning("First."), status="incomplete")
    service = Service(response(message("ok")))
    service.model().invoke(["Hi!", invoked(cut), "Go on."])
    assert [item["role"] for item in service.body["input"]] == ["user", "user"]
    # The document of this one has no code interpreter, so that item stays out, and its reason.
    items = back(reasoning("a"), CODE, reasoning("b", id="rs_2"), call(), name=CODEX)
    assert [item["type"] for item in items] == ["reasoning", "function_call"]
    assert items[0]["id"] == "rs_2"


def test_reasoning_of_one_vendor_stays_out_of_another() -> None:
    answer = invoked(response(reasoning("First."), message("Hello")))
    service = Service(response(message("ok")))
    service.model(GROK, endpoint="responses").invoke(["Hi!", answer, "Go on."])
    assert service.body["input"][1] == {"role": "assistant", "content": "Hello"}


# --- answers from elsewhere ---------------------------------------------------------------------
FOREIGN: dict[str, AIMessage] = {
    "Claude's": AIMessage(
        [
            {"type": "reasoning", "reasoning": "Hm.", "extras": {"signature": "c2ln"}},
            {"type": "non_standard", "value": {"type": "redacted_thinking", "data": "x"}},
            {"type": "server_tool_call", "id": "s_1", "name": "web_search", "args": {"q": "a"}},
            {
                "type": "server_tool_result",
                "tool_call_id": "s_1",
                "output": [],
                "status": "success",
            },
            {"type": "text", "text": "Hello", "annotations": [{"type": "citation", "url": "u"}]},
        ],
        response_metadata={"model_provider": "aimlapi", "endpoint": "messages"},
    ),
    "one of chat/completions": AIMessage(
        "Hello",
        additional_kwargs={
            "reasoning_content": "Hm.",
            "reasoning_details": [{"type": "reasoning.encrypted", "id": "rs_9", "data": "x"}],
        },
        response_metadata={"model_provider": "aimlapi"},
    ),
    "OpenAI's own": AIMessage(
        [
            {"type": "reasoning", "id": "rs_9", "summary": [], "encrypted_content": "x"},
            {"type": "web_search_call", "id": "ws_9", "status": "completed"},
            {"type": "text", "text": "Hello", "id": "msg_9"},
        ],
        response_metadata={"model_provider": "openai"},
    ),
    "Anthropic's own": AIMessage(
        [
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "server_tool_use", "id": "s_1", "name": "web_search", "input": {}},
            {"type": "text", "text": "Hello"},
        ],
        response_metadata={"model_provider": "anthropic"},
    ),
}


@pytest.mark.parametrize("answer", FOREIGN.values(), ids=FOREIGN)
def test_of_an_answer_from_elsewhere_text_and_calls_go_back(answer: AIMessage) -> None:
    service = Service(response(message("ok")))
    service.model().invoke(["Hi!", answer, "Go on."])
    assert service.body["input"][1:-1] == [{"role": "assistant", "content": "Hello"}]


def test_an_item_that_the_user_wrote_goes_as_it_is() -> None:
    own = AIMessage(
        [
            {"type": "reasoning", "id": "rs_9", "summary": [], "encrypted_content": "x"},
            {"type": "non_standard", "value": UNKNOWN},
            {"type": "text", "text": "Hello"},
        ]
    )
    service = Service(response(message("ok")))
    service.model().invoke(["Hi!", own, "Go on."])
    assert service.body["input"][1:-1] == [
        {"type": "reasoning", "id": "rs_9", "summary": [], "encrypted_content": "x"},
        UNKNOWN,
        {"role": "assistant", "content": "Hello"},
    ]


# --- what is asked for so that it can go on -----------------------------------------------------
def body_of(name: str = MODEL, **settings: Any) -> Json:
    service = Service(response(message("ok")))
    service.model(name).invoke("Hi!", **settings)
    return service.body


def test_sealed_reasoning_is_asked_for_where_it_can_go_back() -> None:
    assert body_of()["include"] == ENCRYPTED
    assert "include" not in body_of(PRO)
    assert "include" not in body_of(store=True)
    assert body_of(include=[])["include"] == []
    assert "include" not in body_of("somebody/unknown", endpoint="responses")


def test_only_what_is_new_is_sent_where_the_service_keeps_the_rest() -> None:
    service = Service(response(message("ok"), store=True))
    model = service.model(use_previous_response_id=True)
    first = model.invoke("Hi!")
    assert service.body["store"] is True
    assert "previous_response_id" not in service.body
    model.invoke(["Hi!", first, HumanMessage("And now?")])
    assert service.body["previous_response_id"] == "resp_1"
    assert service.body["input"] == [{"role": "user", "content": "And now?"}]
    model.invoke([HumanMessage("Hi!"), AIMessage("of nobody"), HumanMessage("And now?")])
    assert "previous_response_id" not in service.body
    assert len(service.body["input"]) == 3


def test_an_answer_that_was_not_kept_is_sent_again_whole() -> None:
    service = Service(response(reasoning("Hm.", sealed=None), message("ok"), store=False))
    first = service.model().invoke("Hi!")
    streamed_first = streamed(wire(events_of(response(message("ok"), store=False))))
    for answer in (first, streamed_first):
        service.model(use_previous_response_id=True).invoke(["Hi!", answer, "And now?"])
        assert "previous_response_id" not in service.body
        roles = [item["role"] for item in service.body["input"]]
        assert roles == ["user", "assistant", "user"]  # no reasoning that only its id stands for


def test_results_of_custom_tools_are_known_though_their_calls_are_not_sent_again() -> None:
    item = {
        "type": "custom_tool_call",
        "id": "ctc_1",
        "call_id": "call_1",
        "name": "sh",
        "input": "ls",
    }
    service = Service(response(item, store=True))
    model = service.model(use_previous_response_id=True)
    tools = [{"type": "custom", "name": "sh"}]
    answer = model.invoke("List.", tools=tools)
    model.invoke(["List.", answer, ToolMessage("a", tool_call_id="call_1")], tools=tools)
    assert service.body["input"] == [
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "a"}
    ]


def test_an_id_that_is_given_counts() -> None:
    service = Service(response(message("ok")))
    answer = service.model().invoke("Hi!")
    service.model().invoke(
        [answer, "a"], use_previous_response_id=True, previous_response_id="resp_9", store=False
    )
    body = service.body
    assert (body["previous_response_id"], body["store"]) == ("resp_9", False)
    assert len(body["input"]) == 2


def test_other_endpoints_are_not_told_of_it() -> None:
    service = Service({"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]})
    service.model("gpt-4o", use_previous_response_id=True).invoke("Hi!")
    assert set(service.body) == {"model", "messages"}
