"""The model as an object: annotations, profile, fields, copies, what LangChain adds up."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import pickle
import pkgutil
import pydoc
import subprocess
import sys
import typing
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import ConfigurableField
from pydantic import BaseModel

import langchain_aimlapi
from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "sk-0123456789abcdef"
SONNET, GPT = "anthropic/claude-sonnet-4", "openai/gpt-4o"


class Answers:
    """A service that remembers what was sent, and answers with a text or with a call."""

    def __init__(self, *, call: str | None = None, status: int = 200) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[httpx.Request] = []
        self.call = call
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.bodies.append(json.loads(request.content))
        message: dict[str, Any] = {"role": "assistant", "content": "Hi!"}
        if self.call and len(self.bodies) == 1:
            function = {"name": self.call, "arguments": '{"word": "Hi!"}'}
            message = {"role": "assistant", "tool_calls": [{"id": "c1", "function": function}]}
        answer = {"id": "1", "model": GPT, "choices": [{"index": 0, "message": message}]}
        return httpx.Response(self.status, json=answer)

    def model(self, **fields: Any) -> ChatAIMLAPI:
        client = httpx.Client(transport=httpx.MockTransport(self))
        given = {"model": GPT, "api_key": KEY, "max_retries": 0, "http_client": client, **fields}
        return ChatAIMLAPI(**given)


class Word(BaseModel):
    """An answer of one word."""

    word: str


def say(word: str) -> str:
    """Say a word."""
    return word


# --- annotations ---
def _public_callables() -> Iterator[Any]:
    package = langchain_aimlapi
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if any(part.startswith("_") for part in info.name.split(".")):
            continue
        if info.name.endswith(".middleware"):  # LangChain's own base has names of type checkers
            continue
        module = importlib.import_module(info.name)
        yield from (getattr(module, name) for name in getattr(module, "__all__", ()))
        for name, thing in list(vars(module).items()):
            if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
                continue
            for kind in thing.__mro__ if inspect.isclass(thing) else ():
                if kind.__module__.startswith(package.__name__):
                    yield from _methods(kind)
            yield thing


def _methods(kind: type) -> Iterator[Any]:
    for name, member in list(vars(kind).items()):
        function = member.fget if isinstance(member, property) else member
        function = getattr(function, "__func__", function)
        hook = name in {"_generate", "_agenerate", "_stream", "_astream"}
        if inspect.isfunction(function) and (hook or not name.startswith("_")):
            yield function


def test_every_annotation_of_what_is_public_resolves_at_runtime() -> None:
    """`with_fallbacks` of LangChain reads them, and so do tools that make forms of signatures."""
    callables = [found for found in _public_callables() if callable(found)]
    assert len(callables) > 100
    for found in callables:
        assert isinstance(typing.get_type_hints(found), dict), found


def test_a_model_with_fallbacks_binds_tools_to_all_of_them() -> None:
    fails, works = Answers(status=503), Answers()
    model = fails.model().with_fallbacks([works.model(model=SONNET)])
    assert model.bind_tools([say]).invoke("Hi!").text == "Hi!"
    assert fails.bodies[0]["tools"][0]["function"]["name"] == "say"
    assert works.bodies[0]["tools"][0]["name"] == "say"


def test_a_model_with_fallbacks_gives_structured_output() -> None:
    fails, works = Answers(status=503), Answers(call="Word")
    model = fails.model().with_fallbacks([works.model()])
    structured = model.with_structured_output(Word, method="function_calling")
    assert structured.invoke("Hi!") == Word(word="Hi!")


def test_an_agent_takes_a_model_with_fallbacks() -> None:
    fails, works = Answers(status=503), Answers(call="say")
    agent = create_agent(fails.model().with_fallbacks([works.model()]), [say])
    answer = agent.invoke({"messages": [("user", "Say Hi!")]})
    assert [message.text for message in answer["messages"]][-2:] == ["Hi!", "Hi!"]
    assert len(fails.bodies) == len(works.bodies) == 2


# --- profile ---
def profile_of(model: str) -> Any:
    return ChatAIMLAPI(model=model, api_key=KEY).profile


def _renamed(model: ChatAIMLAPI) -> ChatAIMLAPI:
    model.model = SONNET
    return model


def _copied(model: ChatAIMLAPI) -> ChatAIMLAPI:
    return model.model_copy(update={"model": SONNET})


def _configured(model: ChatAIMLAPI) -> Any:
    configurable = model.configurable_fields(model=ConfigurableField(id="model"))
    return configurable.prepare({"configurable": {"model": SONNET}})[0]


def _pickled(model: ChatAIMLAPI) -> ChatAIMLAPI:
    return _renamed(pickle.loads(pickle.dumps(model)))  # noqa: S301  # our own bytes


def _deep(model: ChatAIMLAPI) -> ChatAIMLAPI:
    return _renamed(copy.deepcopy(model))


@pytest.mark.parametrize("change", [_renamed, _copied, _configured, _pickled, _deep])
def test_the_profile_is_that_of_the_model_id_however_it_changed(
    change: Callable[[ChatAIMLAPI], Any],
) -> None:
    model = ChatAIMLAPI(model=GPT, api_key=KEY)
    assert model.profile == profile_of(GPT) != profile_of(SONNET)
    assert change(model).profile == profile_of(SONNET)


def test_an_unknown_model_has_no_profile() -> None:
    assert profile_of("nobody/nothing") is None


@pytest.mark.parametrize("change", [_copied, _configured, _pickled, _deep])
def test_a_profile_of_the_user_stays(change: Callable[[ChatAIMLAPI], Any]) -> None:
    model = ChatAIMLAPI(model=GPT, api_key=KEY, profile={"max_input_tokens": 5})
    assert change(model).profile == {"max_input_tokens": 5}


def test_a_profile_that_is_set_later_counts_until_it_is_taken_away() -> None:
    model = ChatAIMLAPI(model=GPT, api_key=KEY)
    model.profile = {"max_input_tokens": 5}
    model.temperature = 0.1
    assert model.profile == {"max_input_tokens": 5}
    model.profile = None
    assert model.profile == profile_of(GPT)


def test_looking_at_a_profile_makes_no_model_unequal() -> None:
    one, other = (ChatAIMLAPI(model=GPT, api_key=KEY) for _ in range(2))
    assert one.profile is not None
    assert one == other


def test_constructing_a_model_reads_no_facts() -> None:
    listing = (
        "import sys; from langchain_aimlapi import ChatAIMLAPI; "
        f"ChatAIMLAPI(model='{GPT}', api_key='k'); "
        "print([name for name in sys.modules if name.startswith('langchain_aimlapi.data._')])"
    )
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", listing], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_subclass_has_fields_of_its_own_and_the_profile_of_its_model() -> None:
    class Mine(ChatAIMLAPI):
        team: str = "blue"

    mine = Mine(model=GPT, api_key=KEY, team="red")
    assert (mine.team, mine.profile) == ("red", profile_of(GPT))


# --- changes in place ---
def _stop(model: ChatAIMLAPI) -> None:
    assert model.stop is not None
    model.stop.append("b")


def test_traces_show_the_fields_as_they_are_at_the_call() -> None:
    class Starts(BaseCallbackHandler):
        seen: typing.ClassVar[list[Any]] = []

        def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
            stop = kwargs["invocation_params"]["stop"]
            self.seen.append((serialized["kwargs"]["temperature"], list(stop)))

    model = Answers().model(temperature=0.2, stop=["a"])
    config: Any = {"callbacks": [Starts()]}
    model.invoke("Hi!", config)
    model.temperature = 0.7
    _stop(model)
    model.invoke("Hi!", config)
    assert Starts.seen == [(0.2, ["a"]), (0.7, ["a", "b"])]


def test_what_is_not_part_of_an_answer_is_not_part_of_the_cache_key() -> None:
    service = Answers()
    cache = InMemoryCache()
    model = service.model(cache=cache, timeout=30.0)
    model.invoke("Hi!")
    for change in (
        {"timeout": 5.0},
        {"max_retries": 4},
        {"stream_chunk_timeout": 1.0},
        {"max_answer_bytes": 4096},
    ):
        model.model_copy(update=change).invoke("Hi!")
        model.invoke("Hi!", **change)
    model.invoke("Hi!", client_request_id="run-1")
    assert len(service.bodies) == 1
    model.invoke("Hi!", temperature=0.5)
    assert len(service.bodies) == 2


def test_copies_do_not_share_connections_or_plans() -> None:
    service = Answers()
    model = service.model(temperature=0.1)
    model.invoke("Hi!")
    other = copy.copy(model)
    other.temperature = 0.9
    other.invoke("Hi!")
    other.close()
    model.invoke("Hi!")
    assert [body["temperature"] for body in service.bodies] == [0.1, 0.9, 0.1]


# --- descriptions ---
def test_help_and_json_schema_say_what_each_field_is_for() -> None:
    shown = pydoc.render_doc(ChatAIMLAPI, renderer=pydoc.plaintext)
    properties = ChatAIMLAPI.model_json_schema(by_alias=False)["properties"]
    docstring = inspect.getdoc(ChatAIMLAPI)
    assert docstring is not None
    for name in ChatAIMLAPI.model_fields.keys() - BaseChatModel.model_fields.keys():
        description = ChatAIMLAPI.model_fields[name].description
        assert description
        line = f"{name}: {' '.join(description.split())}"
        assert line in docstring
        assert line in shown
        assert properties[name]["description"] == description
    assert "langchain_aimlapi._" not in docstring
    assert "AIMLAPISettings" not in docstring


def test_a_failed_call_of_a_model_with_fallbacks_is_the_error_of_the_last() -> None:
    model = Answers(status=503).model().with_fallbacks([Answers(status=500).model()])
    with pytest.raises(ServerError):
        model.invoke("Hi!")


def test_a_used_model_equals_its_clones() -> None:
    model = Answers().model(temperature=0.2)
    assert isinstance(model.invoke("Hi!"), AIMessage)
    plain = model.model_copy(update={"http_client": None})
    assert copy.deepcopy(plain) == plain == copy.copy(plain)


def test_the_outputs_of_several_calls_are_summed_by_their_names() -> None:
    model = ChatAIMLAPI(model="m", api_key="k")
    outputs: list[Any] = [
        {"token_usage": {"prompt_tokens": 1, "details": {"a": 1}}, "model_name": "m", "id": "1"},
        None,
        {
            "token_usage": {"prompt_tokens": 2, "total": 5, "details": {"b": None}},
            "cost": {"usd": 1},
        },
        {"token_usage": None, "cost": {"usd": 2, "credits": 7}, "model_name": "n"},
        {"token_usage": {"prompt_tokens": 3, "total": 5}},
    ]
    assert model._combine_llm_outputs(outputs) == {
        "token_usage": {"prompt_tokens": 6, "details": {"a": 1, "b": 0}, "total": 10},
        "model_name": "m",
        "id": "1",
        "cost": {"usd": 3, "credits": 7},
    }
