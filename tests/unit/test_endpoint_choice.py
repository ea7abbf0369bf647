"""Which endpoint a call goes to, who decides it, and who sees it."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps
from langchain_core.messages import AIMessage

from langchain_aimlapi import ChatAIMLAPI

# To forget what was noted: it is noted once per process.
from langchain_aimlapi._model.request import note_messages
from langchain_aimlapi.errors import ConfigurationError, NotFoundError, ServerError

GPT, CLAUDE, UNKNOWN = "openai/gpt-4o", "anthropic/claude-sonnet-4", "nobody/nothing"
TOOL = {"name": "f", "description": "f", "input_schema": {"type": "object", "properties": {}}}
THINKING = {"type": "enabled", "budget_tokens": 1024}


class Service:
    """Answers on chat/completions and remembers the paths that were asked."""

    def __init__(self, status: int = 200) -> None:
        self.paths: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        self.bodies.append(json.loads(request.content))
        message = {"role": "assistant", "content": "Hi!"}
        answer = {"id": "1", "choices": [{"index": 0, "message": message}]}
        return httpx.Response(self.status, json=answer if self.status == 200 else {"message": "?"})

    def model(self, **fields: Any) -> ChatAIMLAPI:
        client = httpx.Client(transport=httpx.MockTransport(self))
        given = {"model": GPT, "api_key": "test-key", "http_client": client, "max_retries": 0}
        return ChatAIMLAPI(**{**given, **fields})


@pytest.mark.parametrize("model", [GPT, CLAUDE, UNKNOWN, "openai/gpt-5"])
def test_who_chooses_nothing_asks_chat_completions(model: str) -> None:
    service = Service()
    service.model(model=model).invoke("Hi!")
    assert service.paths == ["/v1/chat/completions"]
    assert not {"endpoint", "use_previous_response_id"} & service.bodies[0].keys()


@pytest.mark.parametrize(
    "arguments",
    [
        {"endpoint": "chat/completions"},
        {"request_schema": "anthropic"},
        {"tools": None},
        {"thinking": {"type": "disabled"}},
    ],
)
def test_a_thinking_claude_with_tools_stays_where_it_is_told_to(arguments: dict[str, Any]) -> None:
    service = Service()
    model = service.model(model=CLAUDE, max_tokens=2048)
    model.invoke("Hi!", **{"tools": [TOOL], "thinking": THINKING, **arguments})
    assert service.paths == ["/v1/chat/completions"]


@pytest.mark.parametrize("stage", ["construct", "call"])
def test_an_endpoint_that_there_is_not_is_refused(stage: str) -> None:
    service = Service()
    if stage == "construct":
        with pytest.raises(ConfigurationError, match="endpoint must be 'auto', 'chat/completions'"):
            service.model(endpoint="completions")
    else:
        with pytest.raises(ConfigurationError, match="'auto', 'chat/completions', 'responses'"):
            service.model().invoke("Hi!", endpoint="completions")
    assert not service.paths


def test_an_endpoint_that_a_model_is_not_documented_on_warns_and_is_asked_anyway() -> None:
    service = Service()
    model = service.model(model="openai/gpt-5-pro", endpoint="chat/completions")
    message = "not documented on the endpoint chat/completions, but on"
    with pytest.warns(UserWarning, match=message) as warned:
        model.invoke("Hi!")
    assert [warning.filename for warning in warned] == [__file__]
    assert service.paths == ["/v1/chat/completions"]


def test_a_model_that_is_not_found_there_says_where_it_is_documented() -> None:
    model = Service(404).model(model="openai/gpt-5-pro", endpoint="chat/completions")
    with pytest.warns(UserWarning, match="not documented"), pytest.raises(NotFoundError) as failed:
        model.invoke("Hi!")
    assert "is documented on responses, not on chat/completions" in str(failed.value)
    assert "/v1/chat/completions" in str(failed.value)


def test_the_endpoint_is_part_of_the_cache_key() -> None:
    service = Service()
    model = service.model(cache=InMemoryCache())
    model.invoke("Hi!")
    model.invoke("Hi!", endpoint="chat/completions")
    model.model_copy(update={"endpoint": "chat/completions"}).invoke("Hi!")
    assert len(service.paths) == 3
    model.invoke("Hi!")
    assert len(service.paths) == 3
    assert '"endpoint": "chat/completions"' in dumps(service.model(endpoint="chat/completions"))


class Starts(BaseCallbackHandler):
    def __init__(self) -> None:
        self.endpoints: list[str] = []

    def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        self.endpoints.append(kwargs["invocation_params"]["endpoint"])


@pytest.mark.parametrize(
    ("fields", "arguments", "shown"),
    [
        ({}, {}, "chat/completions"),
        ({"endpoint": "chat/completions"}, {}, "chat/completions"),
        ({}, {"model": None}, "chat/completions"),
        ({}, {"endpoint": "nowhere"}, "nowhere"),
    ],
)
def test_traces_show_the_endpoint(
    fields: dict[str, Any], arguments: dict[str, Any], shown: str
) -> None:
    starts = Starts()
    model = Service().model(**fields)
    if shown == "nowhere":
        with pytest.raises(ConfigurationError):
            model.invoke("Hi!", {"callbacks": [starts]}, **arguments)
    else:
        model.invoke("Hi!", {"callbacks": [starts]}, **arguments)
    assert starts.endpoints == [shown]


@pytest.mark.parametrize("thinking", [THINKING, {"type": "adaptive"}])
@pytest.mark.parametrize("where", ["fields", "call"])
def test_a_thinking_claude_with_tools_goes_where_its_thoughts_keep_their_signatures(
    thinking: dict[str, Any], where: str, caplog: pytest.LogCaptureFixture
) -> None:
    note_messages.cache_clear()  # it is noted once per process, and other tests call Claude
    paths: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        text = {"type": "text", "text": "Hi!"}
        fields = {"type": "message", "role": "assistant", "content": [text], "usage": {}}
        return httpx.Response(200, json={"id": "msg_1", "stop_reason": "end_turn", **fields})

    client = httpx.Client(transport=httpx.MockTransport(answer))
    fields = {"thinking": thinking} if where == "fields" else {}
    model = ChatAIMLAPI(
        model=CLAUDE, api_key="test-key", http_client=client, max_tokens=2048, **fields
    ).bind_tools([TOOL])
    starts = Starts()
    with caplog.at_level(logging.INFO, "langchain_aimlapi"):
        for _ in range(2):
            bound = {} if where == "fields" else {"thinking": thinking}
            assert model.invoke("Hi!", {"callbacks": [starts]}, **bound).text == "Hi!"
    assert paths == ["/v1/messages"] * 2
    assert starts.endpoints == ["messages"] * 2
    (noted,) = [record.getMessage() for record in caplog.records]
    assert "signatures of thoughts" in noted


def test_a_thinking_claude_that_is_not_documented_there_stays_on_chat_completions() -> None:
    service = Service()
    model = service.model(model="anthropic/claude-opus-4-6", max_tokens=2048)
    model.invoke("Hi!", tools=[TOOL], thinking=THINKING)
    assert service.paths == ["/v1/chat/completions"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"model": "openai/gpt-5-pro"}, "/v1/responses"),
        ({"model": "openai/gpt-5-pro", "endpoint": "responses"}, "/v1/responses"),
        ({"model": GPT, "endpoint": "responses"}, "/v1/responses"),
        ({"model": GPT}, "/v1/chat/completions"),
        ({"model": CLAUDE, "endpoint": "messages"}, "/v1/messages"),
        ({"model": UNKNOWN, "endpoint": "responses"}, "/v1/responses"),
    ],
)
def test_a_call_goes_where_the_model_is_documented_or_where_the_user_says(
    fields: dict[str, Any], path: str
) -> None:
    service = Service(500)
    with pytest.raises(ServerError, match=path):
        service.model(**fields).invoke("Hi!")
    assert service.paths == [path]
    assert not {"endpoint", "use_previous_response_id"} & service.bodies[0].keys()


def test_only_responses_are_told_that_the_service_keeps_the_conversation() -> None:
    earlier = AIMessage("Hello", response_metadata={"id": "resp_1"})
    service = Service(500)
    model = service.model(use_previous_response_id=True)
    for endpoint in ("responses", "chat/completions"):
        with pytest.raises(ServerError):
            model.invoke(["Hi!", earlier, "And?"], endpoint=endpoint)
    kept, whole = service.bodies
    assert (kept["previous_response_id"], len(kept["input"])) == ("resp_1", 1)
    assert (whole.keys(), len(whole["messages"])) == ({"model", "messages"}, 3)


def test_an_endpoint_of_a_call_wins_over_that_of_the_model() -> None:
    service = Service(500)
    model = service.model(endpoint="responses")
    with pytest.raises(ServerError):
        model.invoke("Hi!", endpoint="chat/completions")
    assert service.paths == ["/v1/chat/completions"]
