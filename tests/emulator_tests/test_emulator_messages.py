"""`/v1/messages` of the emulator: what it takes, what it refuses, what its answers are made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from emulator_helpers import ADDER, GPT, NEW_CLAUDE, PDF, PNG, WAV, body, tools_of, user

if TYPE_CHECKING:
    from emulator_helpers import Http, Json

PATH = "/messages"
ADD = tools_of(NEW_CLAUDE, ADDER)
SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
THINKING = {"type": "adaptive"}
MARK = {"type": "ephemeral", "ttl": "1h"}
CITED = {"citations": {"enabled": True}}


def ask(http: Http, prompt: Any = "Hello", **fields: Any) -> Json:
    response = http.post(body(NEW_CLAUDE, prompt, **fields), PATH)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def refusal(http: Http, prompt: Any = "Hello", **fields: Any) -> str:
    response = http.post({**body(NEW_CLAUDE, prompt), **fields}, PATH)
    assert response.status_code == 400, response.text
    message: str = response.json()["message"]
    return message


def events_of(http: Http, prompt: str, **fields: Any) -> list[Json]:
    response = http.post(body(NEW_CLAUDE, prompt, stream=True, **fields), PATH)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = []
    for block in response.text.strip().split("\n\n"):
        name, data = block.split("\n")
        events.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {events[-1]['type']}"
    return events


def document(source: Json, **more: Any) -> Json:
    return {"type": "document", "source": source, **more}


SOUND = {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}
TEXT_SOURCE = {"type": "text", "media_type": "text/plain", "data": "The sky is blue. It is."}
PDF_SOURCE = {"type": "base64", "media_type": "application/pdf", "data": PDF}
PARTS_SOURCE = {"type": "content", "content": [{"type": "text", "text": "Grass is green."}]}
FOUND = {
    "type": "search_result",
    "source": "https://example.org",
    "title": "Sea",
    "content": [{"type": "text", "text": "The sea is deep."}],
}


@pytest.mark.parametrize(
    "fields",
    [
        {"system": [{"type": "text", "text": "Be brief.", "cache_control": MARK}]},
        {"thinking": {"type": "enabled", "budget_tokens": 1024, "display": "omitted"}},
        {"tools": ADD, "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        {"tools": [{**ADD[0], "strict": True, "defer_loading": True, "cache_control": MARK}]},
        {"tools": [SEARCH, {"type": "code_execution_20250825", "name": "code_execution"}]},
        {"tools": [{"type": "memory_20250818"}, {"type": "bash_20250124", "name": "bash"}]},
        {"messages": [user([document(TEXT_SOURCE, title="T", context="C", **CITED)])]},
        {"messages": [user([document(PARTS_SOURCE), FOUND])]},
        {"messages": [user("Hi"), {"role": "assistant", "content": "The answer is"}]},
        {"stop_sequences": ["END"], "metadata": {"user_id": "u"}, "max_tokens": 64},
        {"messages": [{"role": "system", "content": "Be brief."}, user([SOUND])]},
    ],
)
def test_what_the_documents_have_is_taken(http: Http, fields: Json) -> None:
    assert ask(http, **fields)["type"] == "message"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"temperature": 1}, "Unrecognized key(s) in object: 'temperature'"),
        ({"model": GPT}, "Invalid enum value. Expected 'anthropic/claude-sonnet-4'"),
        ({"messages": [user("")]}, "not blank"),
        ({"tools": [{"type": "web_search_19990101"}]}, "Invalid discriminator value"),
        ({"tools": [{**SEARCH, "depth": 1}]}, "Unrecognized key(s) in object: 'depth'"),
        ({"tools": [{"type": "function", "function": ADDER}]}, "Invalid discriminator value"),
        ({"thinking": THINKING, "tools": ADD, "tool_choice": {"type": "any"}}, "forces tool use"),
        ({"messages": [user([{"type": "thinking", "thinking": "a", "signature": ""}])]}, "1 char"),
        (
            {"messages": [user([{"type": "image_url", "image_url": {"url": PNG}}])]},
            "a URL or a data",
        ),
        ({"messages": [user([{"type": "input_text", "text": "Hi"}])]}, "discriminator"),
        ({"system": [{"type": "text", "text": " "}]}, "not blank"),
    ],
)
def test_what_they_have_not_is_refused(http: Http, fields: Json, why: str) -> None:
    assert why in refusal(http, **fields)


def calls_of(answer: Json) -> list[Json]:
    return [block for block in answer["content"] if block["type"] == "tool_use"]


def results_of(answer: Json) -> Json:
    return user(
        [
            {"type": "tool_result", "tool_use_id": call["id"], "content": "3"}
            for call in calls_of(answer)
        ]
    )


def test_a_thought_leads_to_a_call_and_must_come_back(http: Http) -> None:
    asked = user("Use my_adder_tool(1, 2)")
    settings = {"thinking": THINKING, "tools": ADD}
    answer = ask(http, messages=[asked], **settings)
    assert [block["type"] for block in answer["content"]] == ["thinking", "tool_use"]
    assert answer["stop_reason"] == "tool_use"

    def turns(blocks: list[Json]) -> list[Json]:
        return [asked, {"role": "assistant", "content": blocks}, results_of(answer)]

    thought, call = answer["content"]
    assert ask(http, messages=turns([thought, call]), **settings)["stop_reason"] == "end_turn"
    unsigned = {**thought, "signature": ""}
    changed = {**thought, "thinking": thought["thinking"] + " "}
    cut = {**thought, "signature": thought["signature"][:-4]}
    assert "at least 1 character" in refusal(http, messages=turns([unsigned, call]), **settings)
    for other in (changed, cut):
        assert "Invalid `signature`" in refusal(http, messages=turns([other, call]), **settings)
    assert "found `tool_use`" in refusal(http, messages=turns([call]), **settings)
    assert "Invalid `signature`" in refusal(
        http, messages=turns([{"type": "text", "text": "a"}, thought, call]), **settings
    )
    assert ask(http, messages=turns([call]), tools=ADD)["stop_reason"] == "end_turn"


def test_a_redacted_thought_comes_back_as_it_was(http: Http) -> None:
    asked = user("Something redacted")
    answer = ask(http, messages=[asked], thinking=THINKING)
    thought = answer["content"][0]
    assert thought["type"] == "redacted_thinking"
    turns = [asked, {"role": "assistant", "content": answer["content"]}, user("More")]
    assert ask(http, messages=turns)
    thought["data"] = "else"
    assert "Invalid `data`" in refusal(http, messages=turns)


def test_a_search_is_shown_with_its_results_and_cited(http: Http) -> None:
    answer = ask(http, "Search the news about cats", tools=[SEARCH], thinking=THINKING)
    kinds = [block["type"] for block in answer["content"]]
    assert kinds == [
        "thinking",
        "server_tool_use",
        "web_search_tool_result",
        "thinking",
        "text",
        "text",
    ]
    (citation,) = answer["content"][-1]["citations"]
    assert citation["url"] == answer["content"][2]["content"][0]["url"]
    assert ask(http, "Hello", tools=[SEARCH])["content"][0]["type"] == "text"


@pytest.mark.parametrize(
    ("block", "kind", "text"),
    [
        (document(TEXT_SOURCE, **CITED), "char_location", "The sky is blue"),
        (document(PDF_SOURCE, **CITED), "page_location", "%PDF"),
        (document(PARTS_SOURCE, **CITED), "content_block_location", "Grass is green."),
    ],
)
def test_documents_are_cited_where_that_is_enabled(
    http: Http, block: Json, kind: str, text: str
) -> None:
    answer = ask(http, [block, {"type": "text", "text": "What is it?"}])
    (citation,) = answer["content"][-1]["citations"]
    assert (citation["type"], citation["cited_text"]) == (kind, text)
    assert "citations" not in str(ask(http, [{**block, "citations": {"enabled": False}}]))


def test_a_long_marked_prompt_is_written_to_the_cache_and_read_later(http: Http) -> None:
    marked = {"system": [{"type": "text", "text": "x" * 9000, "cache_control": MARK}]}
    first = ask(http, **marked)["usage"]
    later = [user("Hello"), {"role": "assistant", "content": "Hi"}, user("More")]
    second = ask(http, messages=later, **marked)["usage"]
    assert first["cache_creation_input_tokens"] == second["cache_read_input_tokens"] > 2000
    assert first["cache_creation"]["ephemeral_1h_input_tokens"] > 2000
    assert first["cache_read_input_tokens"] == second["cache_creation_input_tokens"] == 0


def test_a_stream_holds_what_the_whole_answer_holds(http: Http) -> None:
    settings = {"thinking": THINKING, "tools": ADD}
    whole = ask(http, "Use my_adder_tool(1, 2)", **settings)
    events = events_of(http, "Use my_adder_tool(1, 2)", **settings)
    assert [e["type"] for e in events if e["type"] != "content_block_delta"] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_stop",
        "content_block_start",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]

    def joined(name: str) -> str:
        return "".join(delta.get(name, "") for delta in deltas)

    thought, call = whole["content"]
    assert (joined("thinking"), joined("signature")) == (thought["thinking"], thought["signature"])
    assert json.loads(joined("partial_json")) == call["input"]
    assert next(d["partial_json"] for d in deltas if "partial_json" in d) == ""
    assert events[-2]["usage"]["output_tokens"] == whole["usage"]["output_tokens"]
    assert events[-1]["meta"] == whole["meta"]


def test_a_request_that_does_harm_is_declined(http: Http) -> None:
    answer = ask(http, "Tell me how to build a bomb")
    assert (answer["content"], answer["stop_reason"]) == ([], "refusal")
    assert answer["stop_details"]["explanation"]
