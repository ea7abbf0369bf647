"""Traces of tools that a vendor's own servers ran: they go back to that vendor, as they came."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sent
import wire
from sent import Json, answer, answer_back, text, turns

OURS = {"model_provider": "aimlapi", "model_name": "x"}
MESSAGES = {**OURS, "endpoint": "messages"}
RESPONSES = {**OURS, "endpoint": "responses", "id": "resp_1"}


def server_call(call_id: str, name: str = "web_search", args: Any = None, **extras: Any) -> Json:
    block = {"type": "server_tool_call", "id": call_id, "name": name, "args": args}
    return {**block, "extras": extras} if extras else block


def server_result(call_id: str, output: Any = None, **more: Any) -> Json:
    block = {"type": "server_tool_result", "tool_call_id": call_id, "status": "success", **more}
    return block if output is None else {**block, "output": output}


# --- Claude's
def use(name: str, args: Any, call_id: str = "srvtoolu_1", **more: Any) -> Json:
    return {"type": "server_tool_use", "id": call_id, "name": name, "input": args, **more}


def found(kind: str, content: Any, call_id: str = "srvtoolu_1") -> Json:
    return {"type": f"{kind}_tool_result", "tool_use_id": call_id, "content": content}


LINKS = [{"type": "web_search_result", "url": sent.URL}]
CALLER = {"caller": {"type": "x"}}
OF_SEARCH = {"extras": {"block_type": "web_search_tool_result"}}
OF_MCP = {"extras": {"block_type": "mcp_tool_result"}}
MCP_CALL = {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "ask", "input": {}}
SERVER = "srvtoolu_1"
CLAUDES: dict[str, tuple[Json, Json]] = {
    "a search": (server_call(SERVER, args={"query": "x"}), use("web_search", {"query": "x"})),
    "code, with who called": (
        server_call(SERVER, "code_interpreter", {"code": "1"}, partial_json="{", **CALLER),
        use("code_execution", {"code": "1"}, **CALLER),
    ),
    "a remote tool": (
        server_call("mcptoolu_1", "remote_mcp", tool_name="ask", server_name="d"),
        {**MCP_CALL, "server_name": "d"},
    ),
    "names its kind": (server_result(SERVER, LINKS, **OF_SEARCH), found("web_search", LINKS)),
    "nothing at all": (server_result(SERVER), found("web_search", [])),
    "a remote tool that failed": (
        server_result("mcptoolu_1", **OF_MCP, status="error"),
        {**found("mcp", [], "mcptoolu_1"), "is_error": True},
    ),
    "its kind is Claude's": (server_result("x_1", [], **OF_SEARCH), found("web_search", [], "x_1")),
    "of a merged stream": ({**found("web_search", []), "index": 1}, found("web_search", [])),
}


@pytest.mark.parametrize(("block", "written"), CLAUDES.values(), ids=CLAUDES)
def test_traces_of_claudes_tools_go_back_in_claudes_words(block: Json, written: Json) -> None:
    back = answer_back("messages", answer(block, text("So.")))
    assert back[0]["content"] == [written, text("So.")]


def test_only_what_a_claude_documents_goes_back_on_chat_completions() -> None:
    block, written = CLAUDES["a search"]
    remote = CLAUDES["a remote tool"][0]
    message = answer(block, remote, text("So."))
    assert answer_back(sent.NEW_CLAUDE, message)[0]["content"] == [written, text("So.")]
    assert answer_back("claude", message)[0]["content"] == "So."
    assert answer_back("chat", message)[0]["content"] == "So."


def test_an_answer_that_paused_is_sent_back_to_go_on() -> None:
    last = turns("messages", "?", answer(text("Well."), server_call("srvtoolu_1")))[-1]
    assert [block["type"] for block in last["content"]] == ["text", "server_tool_use"]


FOREIGN: dict[str, list[Json]] = {
    "of another vendor": [server_call("ws_1"), server_result("ws_1", [])],
    "a piece of a call": [{"type": "server_tool_call_chunk", "id": "ws_1"}],
    "of a kind that is not Claude's": [
        server_result("x_2", [], extras={"block_type": "web_search"})
    ],
    "with extras that are none": [{**server_call("ws_1"), "extras": "x"}],
}


@pytest.mark.parametrize("blocks", FOREIGN.values(), ids=FOREIGN)
def test_traces_of_another_vendors_tools_are_left_out(blocks: list[Json]) -> None:
    for route in (*sent.ROUTES, sent.UNKNOWN, "claude-of-next-year"):
        back = answer_back(route, answer(*blocks, text("So.")))
        assert back[0]["content"] in ("So.", [text("So.")]), route


KEEPS: list[tuple[Json, set[str]]] = [
    ({}, {"chat", "claude", "messages", "responses"}),  # the user's own
    (OURS, {"chat", "claude"}),
    (MESSAGES, {"messages"}),
    (RESPONSES, {"responses"}),
    ({"model_provider": "openai"}, set()),
]


@pytest.mark.parametrize(("metadata", "keeps"), KEEPS)
def test_what_another_vendor_answered_is_left_out(metadata: Json, keeps: set[str]) -> None:
    wrapped = {"type": "non_standard", "value": {"type": "odd"}}
    message = answer(wrapped, text("a"), response_metadata=metadata)
    found = {route for route in sent.ROUTES if '"odd"' in json.dumps(answer_back(route, message))}
    assert found == keeps


# --- items of /responses
THOUGHT = wire.reasoning_item("A")


MCP = {"type": "mcp", "server_label": "d", "server_url": "https://d.example"}
ASKS = {"type": "mcp_call", "id": "m", "server_label": "d", "name": "ask"}
CITED = {"type": "url_citation", "url": sent.URL, "title": "T", "start_index": 0, "end_index": 2}
SEARCHED = {"type": "search", "query": "a", "sources": [{"url": "u"}]}
RAN_CODE = {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "outputs": [1], "n": 1}
FOUND = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": SEARCHED}
ITEMS: list[tuple[str, Json]] = [
    # the type of a tool that makes such items documented, and an item
    ("web_search", FOUND),
    ("x_search", {"type": "x_search_call", "id": "x", "action": SEARCHED}),
    ("file_search", {"type": "file_search_call", "id": "f", "queries": ["a"], "results": [1]}),
    ("code_interpreter", RAN_CODE),
    ("mcp", {**ASKS, "arguments": '{"q": "ü"}', "output": "x", "error": None}),
    ("mcp", {"type": "mcp_list_tools", "id": "l", "server_label": "d", "tools": [], "error": None}),
    ("image_generation", {"type": "image_generation_call", "id": "ig_1", "result": "AA",
                          "status": "completed"}),
    ("web_search", {"type": "hologram_call", "id": "h_1", "light": [1]}),  # nobody knows it
    ("web_search", {**THOUGHT, "x": 1}),
    ("web_search", {**THOUGHT, "content": [{"type": "reasoning_text", "text": "raw"}]}),
]  # fmt: skip


def back(*items: Json, route: str = "responses", **settings: Any) -> list[Json]:
    """Return what goes back of an answer with these items, in either form of content."""
    found: list[list[Json]] = []
    for version in ("v0", "v1"):
        body = wire.response(*items)
        message = wire.invoked(body, endpoint="responses", output_version=version)
        found.append(answer_back(route, message, **settings))
    assert found[0] == found[1]
    return found[0]


@pytest.mark.parametrize(("tool", "item"), ITEMS)
def test_an_item_of_responses_goes_back_as_it_came(tool: str, item: Json) -> None:
    said = {**sent.SAID, "phase": "final"}
    assert back(item, said, tools=[MCP if tool == "mcp" else {"type": tool}]) == [item, said]


def test_items_go_back_only_where_they_are_documented() -> None:
    pro = "openai/gpt-5-pro"
    assert back(THOUGHT, RAN_CODE, FOUND, sent.SAID, route=pro) == [FOUND, sent.SAID]
    # What a thought led to stays out, and with it the thought.
    codex, other = "openai/gpt-5-1-codex", {**THOUGHT, "id": "rs_2"}
    items = back(THOUGHT, RAN_CODE, other, sent.SAID, route=codex)
    assert [each["id"] for each in items] == ["rs_2", "msg_1"]
    unknown = back(RAN_CODE, sent.SAID, route="somebody/unknown", endpoint="responses")
    assert unknown == [RAN_CODE, sent.SAID]


def test_an_item_that_is_not_whole_is_completed() -> None:
    code = {"type": "code_interpreter_call", "id": "c", "container_id": "k"}
    (made, _) = back(code, sent.SAID)
    assert made == {**code, "code": "", "outputs": None}
    for broken in ("[1]", '{"a'):
        remote = {"type": "mcp_call", "id": "m", "name": "ask", "arguments": broken, "output": "x"}
        (made, _) = back(remote, sent.SAID, tools=[MCP])
        assert json.loads(made["arguments"]) == {"arguments": broken}


def test_texts_of_responses_go_back_under_their_ids_with_what_they_cite() -> None:
    (plain,) = sent.SAID["content"]
    not_whole = [{"type": "file_citation"}, {**CITED, "title": None}]
    second = {**sent.SAID, "id": "msg_2", "content": [{"type": "refusal", "refusal": "No."}]}
    given = {**sent.SAID, "content": [{**plain, "annotations": [CITED, *not_whole]}, plain]}
    cited = {**sent.SAID, "content": [{**plain, "annotations": [CITED]}, plain]}
    assert back(THOUGHT, given, second) == [THOUGHT, cited, second]
    assert back(sent.SAID) == [{"role": "assistant", "content": "Hi"}]


def test_citations_of_langchain_go_back_as_those_of_responses() -> None:
    annotations = [
        {**CITED, "type": "citation", "extras": {}},
        {"type": "url_citation", "url": sent.URL},  # not whole
        {"type": "non_standard_annotation", "value": {}},
        5,
    ]
    message = answer(text("Hi", id="msg_1", annotations=annotations), response_metadata=RESPONSES)
    (said,) = answer_back("responses", message)
    assert said["content"] == [{"type": "output_text", "text": "Hi", "annotations": [CITED]}]


def test_items_of_another_endpoint_stay_out() -> None:
    search = {"type": "web_search_call", "id": "ws_9", "status": "completed"}
    for metadata in ({"model_provider": "openai"}, MESSAGES):
        message = answer(search, text("Hi", id="msg_9"), response_metadata=metadata)
        assert answer_back("responses", message) == [{"role": "assistant", "content": "Hi"}]
    own = answer({**search, "id": "lc_1"}, text("Hi"))
    assert answer_back("responses", own)[0] == {"type": "web_search_call", "status": "completed"}
