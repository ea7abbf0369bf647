"""The model as an object: annotations, profile, fields, copies, what LangChain adds up."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import pkgutil
import pydoc
import typing
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import ConfigurableField
from pydantic import BaseModel

import langchain_aimlapi
from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import Answer, Failure, answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "sk-0123456789abcdef"
SONNET, GPT = "anthropic/claude-sonnet-4", "openai/gpt-4o"


class Word(BaseModel):
    """An answer of one word."""

    word: str


# --- annotations ---
def _public_callables() -> Iterator[Any]:
    package = langchain_aimlapi
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if any(part.startswith("_") for part in info.name.split(".")):
            continue
        if info.name.endswith(".middleware"):  # LangChain's own base has names of type checkers
            continue
        if info.name.endswith(".decisions") and find_spec("langchain_core.decisions") is None:
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


def test_a_model_with_fallbacks_gives_structured_output() -> None:
    failing = ChatAIMLAPI(GPT, max_retries=0, **answers([Failure(503)] * 2))
    working = ChatAIMLAPI(SONNET, **answers([Answer(structured=Word(word="Hi!"))]))
    model: Any = failing.with_fallbacks([working])
    structured = model.with_structured_output(Word, method="function_calling")
    assert structured.invoke("Hi!") == Word(word="Hi!")


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
