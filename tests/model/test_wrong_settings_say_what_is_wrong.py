"""Wrong settings are one line: which setting, what it must be, and never a secret."""

from __future__ import annotations

import asyncio
import re
import traceback
from typing import Any

import httpx
import pytest
from langchain_core.runnables import ConfigurableField
from pydantic import BaseModel, ValidationError, field_validator

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI, account
from langchain_aimlapi.errors import ConfigurationError
from langchain_aimlapi.testing import answers

KEY = "sk-0123456789abcdef"

CHAT = {"model": "openai/gpt-4o", "api_key": KEY}
EMBEDDINGS = {"model": "text-embedding-3-small", "api_key": KEY}

PARTS = "timeout is in seconds, or has the parts connect, read, write and pool."

# Settings of both classes, and what is said about them.
OF_BOTH: list[tuple[dict[str, Any], str]] = [
    ({"max_retries": -1}, "max_retries must be greater than or equal to 0."),
    ({"model": 5}, "model must be a valid string."),
    ({"model": ""}, "model must have at least 1 character."),
    ({"timeout": "soon"}, PARTS),
    ({"timeout": {"conect": 1}}, PARTS),
    ({"timeout": 0}, "timeout is in seconds and must be more than 0"),
    ({"timeout": httpx.Timeout(0)}, "timeout is in seconds and must be more than 0"),
    ({"extra_body": [1]}, "extra_body must be a valid dictionary."),
    ({"extra_body": {1: 2}}, "extra_body[1] must be a valid string."),
    ({"api_key": 5}, "api_key must be a valid string or be callable."),
    ({"default_headers": {"x": 5}}, "default_headers['x'] must be a valid string."),
    ({"default_headers": {"x": "a\nb"}}, "holds a line break or a non-ASCII"),
]
OF_CHAT: list[tuple[dict[str, Any], str]] = [
    ({"temperature": "hot"}, "temperature must be a valid number."),
    (
        {"endpoint": "respones"},
        "endpoint must be 'auto', 'chat/completions', 'responses' or 'messages'.",
    ),
    ({"stop": ["a", 5]}, "stop[1] must be a valid string."),
    ({"logit_bias": {"1": "x"}}, "logit_bias['1'] must be a valid number."),
    ({"stream_chunk_timeout": 0}, "stream_chunk_timeout must be greater than 0."),
    ({"cache": "x"}, "cache must be an instance of BaseCache or be a valid boolean."),
    ({"seed": "x", "n": "y"}, "seed must be a valid integer. n must be a valid integer"),
    ({"temperature": 0, "model_kwargs": {"temperature": 1}}, "temperature: given twice"),
]
CASES = [
    *((ChatAIMLAPI, CHAT, *row) for row in (*OF_BOTH, *OF_CHAT)),
    *((AIMLAPIEmbeddings, EMBEDDINGS, *row) for row in OF_BOTH),
    (ChatAIMLAPI, {"api_key": KEY}, {}, "model is missing: ChatAIMLAPI(model=...)."),
    (AIMLAPIEmbeddings, {"api_key": KEY}, {}, "model is missing: AIMLAPIEmbeddings(model="),
    (AIMLAPIEmbeddings, EMBEDDINGS, {"dimensions": 0}, "dimensions must be greater than 0."),
    (
        AIMLAPIEmbeddings,
        EMBEDDINGS,
        {"encoding_format": "flaot"},
        "encoding_format must be 'float' or 'base64'.",
    ),
    (AIMLAPIEmbeddings, EMBEDDINGS, {"dimension": 5}, "dimension (did you mean dimensions?)"),
]


@pytest.mark.parametrize(("kind", "given", "wrong", "says"), CASES)
def test_a_wrong_setting_is_one_line_that_names_it(
    kind: type[Any], given: dict[str, Any], wrong: dict[str, Any], says: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        kind(**{**given, **wrong})
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    # pydantic's error would show what was refused.
    assert not isinstance(refused.value.__context__, ValidationError)


def test_what_may_be_a_secret_is_not_shown() -> None:
    """Nor is it in a frame, where it can be helped: see `tests/sockets/test_secrecy.py`."""
    for kind, given in ((ChatAIMLAPI, CHAT), (AIMLAPIEmbeddings, EMBEDDINGS)):
        for name, wrong in (
            ("base_url", ["https://u:sk-secret@a.test"]),
            ("extra_body", "sk-secret"),
        ):
            with pytest.raises(ConfigurationError) as refused:
                kind(**{**given, name: wrong})
            shown = "".join(traceback.format_exception(refused.value))
            assert "sk-secret" not in shown + repr(refused.value.__dict__)


OF_A_CALL: list[tuple[dict[str, Any], str]] = [
    ({"timeout": "soon"}, PARTS),
    ({"timeout": -1}, "timeout is in seconds and must be more than 0"),
    ({"max_retries": -1}, "max_retries must be greater than or equal to 0."),
    ({"max_answer_bytes": "much"}, "max_answer_bytes must be a valid integer."),
    ({"stream_chunk_timeout": 0}, "stream_chunk_timeout must be greater than 0."),
    ({"endpoint": "respones"}, "'chat/completions', 'responses' or 'messages'."),
    ({"request_schema": "opnai"}, "must be 'auto', 'openai' or 'anthropic'."),
    ({"stop": 5}, "stop must be a valid list."),
    ({"extra_body": 5}, "extra_body must be a valid dictionary."),
    ({"model_name": 5}, "model must be a valid string."),
]


@pytest.mark.parametrize(("wrong", "says"), OF_A_CALL)
def test_a_wrong_argument_of_a_call_is_refused_before_anything_is_sent(
    wrong: dict[str, Any], says: str
) -> None:
    script = answers(["Hi"])
    model = ChatAIMLAPI("openai/gpt-4o", **script)

    async def read() -> None:
        async for _ in model.astream("Hi", **wrong):
            pass

    for ask in (
        lambda: model.invoke("Hi", **wrong),
        lambda: list(model.stream("Hi", **wrong)),
        lambda: asyncio.run(model.ainvoke("Hi", **wrong)),
        lambda: asyncio.run(read()),
    ):
        with pytest.raises(ConfigurationError) as refused:
            ask()
        assert says in str(refused.value)
    assert script.requests == []


def test_a_subclass_with_rules_of_its_own_is_told_about_in_the_same_way() -> None:
    class Mine(ChatAIMLAPI):
        style: str

        @field_validator("style")
        @classmethod
        def _known(cls, value: str) -> str:
            if value != "plain":
                raise ValueError("there is only plain")
            return value

    with pytest.raises(ConfigurationError, match=r"style is missing: Mine\(style=\.\.\.\)\."):
        Mine(**CHAT)
    with pytest.raises(ConfigurationError, match=r"^style: there is only plain\.$"):
        Mine(**CHAT, style="bold")


def test_a_model_inside_of_another_pydantic_model_is_checked_in_the_same_way() -> None:
    class Settings(BaseModel):
        llm: ChatAIMLAPI

    assert Settings.model_validate({"llm": CHAT}).llm.model == "openai/gpt-4o"
    with pytest.raises(ConfigurationError, match=r"temperature must be a valid number"):
        Settings.model_validate({"llm": {**CHAT, "temperature": "hot"}})
    with pytest.raises(ConfigurationError, match=r"temperature must be a valid number"):
        ChatAIMLAPI.model_validate({**CHAT, "temperature": "hot"})


def test_a_configurable_model_is_checked_in_the_same_way() -> None:
    script = answers(["Hi", "Hi"])
    model = ChatAIMLAPI("openai/gpt-4o", temperature=0.5, **script)
    hot = model.configurable_fields(temperature=ConfigurableField(id="heat"))
    hot.with_config(configurable={"heat": 0.1}).invoke("Hi")
    assert script.requests[-1]["temperature"] == 0.1
    with pytest.raises(ConfigurationError, match="temperature must be a valid number"):
        hot.with_config(configurable={"heat": "hot"}).invoke("Hi")


def test_token_ids_of_a_bias_are_sent_as_json_has_them() -> None:
    script = answers(["Hi", "Hi"])
    model = ChatAIMLAPI("openai/gpt-4o", logit_bias={1: 2, "3": -4}, **script)
    assert model.logit_bias == {"1": 2, "3": -4}
    model.invoke("Hi")
    model.invoke("Hi", logit_bias={5: 6})
    assert [sent["logit_bias"] for sent in script.requests] == [{"1": 2, "3": -4}, {"5": 6}]


# --- the base URL of the environment ---
BASES = [
    ("gateway.test/v1", "no scheme"),
    ("ftp://gateway.test/v1", "the scheme 'ftp'"),
    ("https://", "must be absolute"),
    ("https://gateway.test/v1?x=1", "must not have a query or a fragment"),
    ("https://user:secret@gateway.test/v1", "must not hold a user or password"),
    ("https://gateway.test/v1\nx", "a space or a line break"),
    ("https://gateway.test:port/v1", "base_url is not a URL"),
]

MADE: dict[str, Any] = {
    "chat": lambda **base: ChatAIMLAPI(**CHAT, **base).base_url,
    "embeddings": lambda **base: AIMLAPIEmbeddings(**EMBEDDINGS, **base).base_url,
}
WITH_ACCOUNT: dict[str, Any] = {
    **MADE,
    "account": lambda **base: account.balance(api_key=KEY, **base),
}


@pytest.mark.parametrize(("base", "says"), BASES)
def test_a_base_url_of_the_environment_is_checked_as_a_given_one_is(
    base: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made in WITH_ACCOUNT.values():
        with pytest.raises(ConfigurationError) as given:
            made(base_url=base)
        with monkeypatch.context() as patch:
            patch.setenv("AIMLAPI_API_BASE", base)
            with pytest.raises(ConfigurationError) as found:
                made()
        assert says in str(found.value)
        assert str(found.value).startswith("AIMLAPI_API_BASE of the environment cannot be used: ")
        assert str(found.value).endswith(str(given.value))
        assert "secret" not in str(found.value)


@pytest.mark.parametrize(
    ("base", "used"),
    [
        ("https://gateway.test/v1/", "https://gateway.test/v1"),
        (" https://gateway.test/v1// ", "https://gateway.test/v1"),
        ("http://127.0.0.1:8787/v1", "http://127.0.0.1:8787/v1"),
        ("", "https://api.aimlapi.com/v1"),
    ],
)
def test_a_base_url_of_the_environment_is_written_as_a_given_one_is(
    base: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_API_BASE", base)
    assert {made() for made in MADE.values()} == {used}


# --- texts for embeddings ---
NO_TEXTS: list[tuple[str, Any, str]] = [
    ("embed_documents", "abc", "embed_documents a list of them; this is a str."),
    ("embed_documents", b"abc", "embed_documents a list of them; this is a bytes."),
    ("embed_documents", ["a", ["b"]], "Text 1 is not a string but of type list"),
    (
        "embed_query",
        ["abc"],
        "embed_documents a list of them; this is a list.",
    ),
    ("embed_query", None, "Text 0 is not a string but of type NoneType"),
]


@pytest.mark.parametrize(("method", "given", "says"), NO_TEXTS)
async def test_what_is_no_text_is_refused_before_anything_is_sent(
    method: str, given: Any, says: str
) -> None:
    script = answers([])
    model = AIMLAPIEmbeddings("text-embedding-3-small", **script)
    with pytest.raises(ConfigurationError, match=re.escape(says)):
        getattr(model, method)(given)
    with pytest.raises(ConfigurationError, match=re.escape(says)):
        await getattr(model, f"a{method}")(given)
    assert script.requests == []
