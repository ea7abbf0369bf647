"""The emulated `/v1/responses`: what it refuses, answers, streams and stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from emulator_helpers import MAGIC, PDF, PNG, WEATHER

if TYPE_CHECKING:
    import httpx
    from emulator_helpers import Http

Json = dict[str, Any]

PRO = "openai/gpt-5-pro"
THINKER = "openai/gpt-5-4"
GPT_4O = "openai/gpt-4o"
CODEX = "openai/gpt-5-1-codex"
CHAT = "openai/gpt-5-chat-latest"
SEALED = {"include": ["reasoning.encrypted_content"]}

IMAGE = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"}
FILE = {
    "type": "input_file",
    "filename": "a.pdf",
    "file_data": f"data:application/pdf;base64,{PDF}",
}
CALL = {"type": "function_call", "call_id": "call_1", "name": "magic", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "3"}
ANSWERED = {
    "type": "message",
    "id": "msg_1",
    "status": "completed",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hi.", "annotations": []}],
}
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
CODE = {
    "type": "code_interpreter_call",
    "id": "ci_1",
    "status": "completed",
    "code": "print(1)",
    "outputs": None,
    "container_id": "cntr_1",
}


def flat(*tools: Json, strict: bool = False) -> list[Json]:
    return [{"type": "function", **tool, "strict": strict} for tool in tools]


def turn(text: Any = "Hello", role: str = "user") -> Json:
    return {"role": role, "content": text}


def ask(model: str = PRO, given: Any = "Hello", **fields: Any) -> Json:
    return {"model": model, "input": given, **fields}


ACCEPTED = {
    "a string": ask(),
    "every role": ask(given=[turn("a", "system"), turn("b", "developer"), turn(), turn("c")]),
    "an image and a file": ask(
        given=[turn([{"type": "input_text", "text": "See."}, IMAGE, FILE])],
    ),
    "an answer as text": ask(given=[turn(), turn("Hi.", "assistant"), turn("More.")]),
    "an answer with its id": ask(given=[turn(), ANSWERED, turn("More.")]),
    "a call and its result": ask(given=[turn(), CALL, OUTPUT]),
    "flat tools": ask(tools=flat(MAGIC, WEATHER), tool_choice="required"),
    "a named tool": ask(
        tools=flat(MAGIC), tool_choice={"type": "function", "name": "magic_function"}
    ),
    "a server tool": ask(tools=[{"type": "web_search_preview", "search_context_size": "low"}]),
    "a forced server tool": ask(
        tools=[{"type": "web_search_preview"}], tool_choice={"type": "web_search_preview"}
    ),
    "an earlier search": ask(given=[turn(), SEARCH, turn("Hi.", "assistant"), turn()]),
    "earlier code": ask(THINKER, [turn(), CODE, turn("Hi.", "assistant"), turn()]),
    "sampling where it is documented": ask(THINKER, temperature=2, top_p=0),
    "reasoning where it is documented": ask(THINKER, reasoning={"effort": "low"}),
    "a schema": ask(
        text={"format": {"type": "json_schema", "name": "a", "schema": {"type": "object"}}}
    ),
    "everything else": ask(
        max_output_tokens=16,
        store=True,
        truncation="auto",
        instructions="Be brief.",
        include=["code_interpreter_call.outputs"],
    ),
}


@pytest.mark.parametrize("sent", ACCEPTED.values(), ids=ACCEPTED)
def test_what_the_documents_allow_is_answered(http: Http, sent: Json) -> None:
    response = http.post(sent, "/responses")
    assert response.status_code == 200, response.text
    assert response.json()["object"] == "response"


REFUSED = {
    "no input": ({"model": PRO}, "input: Expected"),
    "an unknown field": (ask(stop=["END"]), "Unrecognized key(s) in object: 'stop'"),
    "messages": ({"model": PRO, "messages": [turn()]}, "input: Expected"),
    "a temperature that is not documented": (ask(temperature=1), "'temperature'"),
    "reasoning that is not documented": (ask(reasoning={"effort": "low"}), "'reasoning'"),
    "too few tokens": (ask(max_output_tokens=15), "greater than or equal to 16"),
    "a part of the other endpoint": (
        ask(given=[turn([{"type": "text", "text": "a"}])]),
        "Invalid discriminator value. Expected 'input_text'",
    ),
    "an image where none is documented": (ask(CODEX, [turn([IMAGE])]), "received 'input_image'"),
    "an answer in parts without its id": (
        ask(given=[turn(), turn(ANSWERED["content"], "assistant")]),
        "received 'output_text'",
    ),
    "an answer without its status": (
        ask(given=[turn(), {k: ANSWERED[k] for k in ANSWERED if k != "status"}]),
        "status: Expected",
    ),
    "an answer in parts of the user": (
        ask(given=[{**ANSWERED, "content": [{"type": "input_text", "text": "a"}]}]),
        "received 'input_text'",
    ),
    "a result in parts": (
        ask(given=[turn(), CALL, {**OUTPUT, "output": [{"type": "input_text", "text": "3"}]}]),
        "output: Expected string, received array",
    ),
    "a call without a result": (ask(given=[turn(), CALL]), "No tool output found"),
    "a result without a call": (ask(given=[turn(), OUTPUT]), "No tool call found"),
    "nested tools": (
        ask(tools=[{"type": "function", "function": MAGIC}]),
        "name: Expected string, received undefined",
    ),
    "a tool without strict": (
        ask(tools=[{"type": "function", **MAGIC}]),
        "strict: Expected boolean, received undefined",
    ),
    "functions where none are documented": (ask(CHAT, tools=flat(MAGIC)), "Expected 'mcp'"),
    "code where it is not documented": (
        ask(tools=[{"type": "code_interpreter", "container": {"type": "auto"}}]),
        "received 'code_interpreter'",
    ),
    "earlier code where it is not documented": (
        ask(given=[turn(), CODE]),
        "received 'code_interpreter_call'",
    ),
    "a nested choice": (
        ask(tools=flat(MAGIC), tool_choice={"type": "function", "function": {"name": "m"}}),
        "tool_choice.name: Expected string",
    ),
    "a choice that is not bound": (
        ask(given=[turn()], tools=flat(MAGIC), tool_choice={"type": "function", "name": "other"}),
        "Tool choice 'other' not found",
    ),
    "a nested schema": (
        ask(text={"format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}}),
        "name: Expected string",
    ),
    "reasoning where none is taken": (
        ask(given=[turn(), {"type": "reasoning", "id": "rs_1", "summary": []}, turn()]),
        "received 'reasoning'",
    ),
    "reasoning without its id": (
        ask(THINKER, [turn(), {"type": "reasoning", "summary": []}, turn("a", "assistant")]),
        "id: Expected string",
    ),
    "reasoning that was not sealed": (
        ask(
            THINKER,
            [turn(), {"type": "reasoning", "id": "rs_1", "summary": []}, turn("a", "assistant")],
        ),
        "Items are not persisted",
    ),
    "an unknown item": (ask(given=[turn(), {"type": "image_generation_call"}]), "discriminator"),
}


@pytest.mark.parametrize(("sent", "text"), REFUSED.values(), ids=REFUSED)
def test_what_the_documents_do_not_allow_is_refused(http: Http, sent: Json, text: str) -> None:
    response = http.post(sent, "/responses")
    assert response.status_code == 400
    assert text in response.json()["message"]


def test_models_of_this_endpoint_are_served_nowhere_else(http: Http) -> None:
    refused = http.post({"model": PRO, "messages": [turn()]})
    assert refused.status_code == 400
    assert "Invalid enum value" in refused.json()["message"]
    assert http.post(ask("anthropic/claude-sonnet-4"), "/responses").status_code == 400
    assert http.post(ask("gpt-4.5-preview"), "/responses").status_code == 404


def test_an_answer_has_the_documented_form(http: Http) -> None:
    response = http.post(ask(GPT_4O, "Hello"), "/responses")
    body = response.json()
    assert body["id"].startswith("resp_")
    assert (body["status"], body["error"], body["store"]) == ("completed", None, False)
    (message,) = body["output"]
    assert message["content"][0]["text"].startswith("Hello!")
    assert set(body["usage"]) == {
        "input_tokens",
        "input_tokens_details",
        "output_tokens",
        "output_tokens_details",
        "total_tokens",
    }
    assert float(response.headers["x-aimlapi-usd-spent"]) == body["meta"]["usage"]["usd_spent"]
    assert response.content == http.post(ask(GPT_4O, "Hello"), "/responses").content


def test_an_answer_that_is_cut_off_is_incomplete(http: Http) -> None:
    body = http.post(ask(GPT_4O, "Tell me a story.", max_output_tokens=16), "/responses").json()
    assert (body["status"], body["incomplete_details"]) == (
        "incomplete",
        {"reason": "max_output_tokens"},
    )


def test_structured_answers_hold_their_schema(http: Http) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    format_ = {"type": "json_schema", "name": "person", "schema": schema}
    body = http.post(ask(GPT_4O, "Ada is 36.", text={"format": format_}), "/responses").json()
    assert json.loads(body["output"][0]["content"][0]["text"]) == {"age": 36}


def test_summaries_of_reasoning_come_where_they_are_asked_for(http: Http) -> None:
    asked = ask(THINKER, "Hello", reasoning={"summary": "auto"})
    reasoning, _ = http.post(asked, "/responses").json()["output"]
    assert [part["type"] for part in reasoning["summary"]] == ["summary_text", "summary_text"]
    assert "encrypted_content" not in reasoning
    bare, _ = http.post(ask(THINKER, "Hello"), "/responses").json()["output"]
    assert bare["summary"] == []


def called(http: Http, **fields: Any) -> tuple[list[Json], Json]:
    """Return the input of a first call that answers with a tool call, and its answer."""
    given = [turn("What is the weather in Paris?")]
    asked = ask(THINKER, given, tools=flat(WEATHER), **{**SEALED, **fields})
    body = http.post(asked, "/responses").json()
    assert body["output"][-1]["type"] == "function_call"
    return given, body


def go_on(http: Http, given: list[Json], **fields: Any) -> httpx.Response:
    return http.post(ask(THINKER, given, tools=flat(WEATHER), **SEALED, **fields), "/responses")


def test_sealed_reasoning_is_demanded_back_before_its_call(http: Http) -> None:
    given, body = called(http)
    reasoning, call = body["output"]
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"}
    answered = go_on(http, [*given, reasoning, call, result])
    assert "sunny" in answered.json()["output"][-1]["content"][0]["text"]
    for wrong, text in (
        ([call, result], "without the reasoning that led to it"),
        ([call, reasoning, result], "without the reasoning that led to it"),
        ([{**reasoning, "encrypted_content": "gAAA"}, call, result], "could not be verified"),
        ([{**reasoning, "id": "rs_2"}, call, result], "could not be verified"),
        ([{**reasoning, "encrypted_content": None}, call, result], "Items are not persisted"),
        ([reasoning, turn("Go on."), call, result], "without its required following item"),
    ):
        refused = go_on(http, [*given, *wrong])
        assert refused.status_code == 400
        assert text in refused.json()["message"]


def test_what_is_stored_is_known_by_the_id_of_the_answer(http: Http) -> None:
    _, body = called(http, store=True)
    call = body["output"][-1]
    result = {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"}
    answered = go_on(http, [result], previous_response_id=body["id"]).json()
    assert "sunny" in answered["output"][-1]["content"][0]["text"]
    assert answered["previous_response_id"] == body["id"]


def test_what_is_not_stored_is_not_found(http: Http) -> None:
    _, body = called(http)
    refused = go_on(http, [turn()], previous_response_id=body["id"])
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "previous_response_not_found"


def test_a_search_cites_what_it_found(http: Http) -> None:
    asked = ask(PRO, "Search the news about otters.", tools=[{"type": "web_search_preview"}])
    _, search, message = http.post(asked, "/responses").json()["output"]
    assert (search["type"], search["status"]) == ("web_search_call", "completed")
    part = message["content"][0]
    cited = [part["text"][a["start_index"] : a["end_index"]] for a in part["annotations"]]
    assert cited == ["[1]", "[2]"]


def test_code_is_run_and_shown_where_it_is_asked_for(http: Http) -> None:
    tools = [{"type": "code_interpreter", "container": {"type": "auto"}}]
    asked = ask(GPT_4O, "Compute 17 * 23 with Python.", tools=tools)
    hidden = http.post(asked, "/responses").json()["output"][0]
    assert (hidden["code"], hidden["outputs"]) == ("print(17 * 23)", None)
    shown = http.post({**asked, "include": ["code_interpreter_call.outputs"]}, "/responses")
    assert shown.json()["output"][0]["outputs"] == [{"type": "logs", "logs": "391\n"}]


def test_a_remote_tool_waits_for_its_approval(http: Http) -> None:
    tool = {"type": "mcp", "server_label": "docs", "server_url": "https://mcp.example/sse"}
    asked = ask(GPT_4O, [turn("What is it?")], tools=[tool])
    items = http.post(asked, "/responses").json()["output"]
    assert [item["type"] for item in items] == ["mcp_list_tools", "mcp_approval_request"]
    approval = {
        "type": "mcp_approval_response",
        "approval_request_id": items[1]["id"],
        "approve": True,
    }
    asked["input"] = [*asked["input"], *items, approval]
    call, message = http.post(asked, "/responses").json()["output"]
    assert (call["type"], call["output"]) == ("mcp_call", "docs says: it is well documented.")
    assert message["type"] == "message"


def events_of(raw: bytes) -> list[Json]:
    blocks = [block.split("\n") for block in raw.decode().split("\n\n") if block]
    events = [json.loads(data.removeprefix("data: ")) for _, data in blocks]
    assert [name.removeprefix("event: ") for name, _ in blocks] == [e["type"] for e in events]
    return events


STREAMED = {
    "text": ask(GPT_4O),
    "reasoning": ask(THINKER, "Hello", reasoning={"summary": "auto"}, **SEALED),
    "calls": ask(THINKER, "Weather in Paris?", tools=flat(WEATHER), **SEALED),
    "a search": ask(PRO, "Search the news.", tools=[{"type": "web_search_preview"}]),
    "code": ask(
        THINKER,
        "Compute 17 * 23 with Python.",
        tools=[{"type": "code_interpreter", "container": {"type": "auto"}}],
    ),
    "cut off": ask(GPT_4O, "Tell me a story.", max_output_tokens=16),
}


@pytest.mark.parametrize("sent", STREAMED.values(), ids=STREAMED)
def test_a_stream_ends_with_the_whole_answer(http: Http, sent: Json) -> None:
    events = events_of(http.post({**sent, "stream": True}, "/responses").content)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    last = events[-1]
    assert last["type"] == f"response.{last['response']['status']}"
    done = [e["item"] for e in events if e["type"] == "response.output_item.done"]
    assert done == last["response"]["output"]
    texts = "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta")
    parts = [part for item in done for part in item.get("content", ())]
    assert texts == "".join(part["text"] for part in parts)


def test_failures_come_in_every_form(http: Http) -> None:
    def play(scenario: str, **fields: Any) -> httpx.Response:
        return http.post(
            ask(GPT_4O, **fields), "/responses", headers={"x-emulator-scenario": scenario}
        )

    failed = play("failed")
    assert (failed.status_code, failed.json()["status"]) == (200, "failed")
    assert failed.json()["error"]["code"] == "server_error"
    events = events_of(play("failed", stream=True).content)
    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert play("upstream").json()["error"]["code"] == "context_length_exceeded"
    assert play("filtered").json()["incomplete_details"] == {"reason": "content_filter"}
    assert play("refusal").json()["output"][0]["content"][0]["type"] == "refusal"
    assert not any(
        event["type"] == "response.completed"
        for event in events_of(play("cut", stream=True).content)
    )
    assert play("no-credits").status_code == 403
    assert play("rate-limited-7").headers["retry-after"] == "7"


def test_an_answer_in_the_background_is_queued(http: Http) -> None:
    body = http.post(ask(PRO, background=True, store=True), "/responses").json()
    assert (body["status"], body["output"], body["usage"]) == ("queued", [], None)
