"""Every warning names the line of the user's code that it is about, and says what was meant."""

from __future__ import annotations

import asyncio
import linecache
import threading
from typing import TYPE_CHECKING, Any

import pytest
import wire
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

OLD_CLAUDE = "anthropic/claude-opus-4.1"
THINKING = {"type": "enabled", "budget_tokens": 2048}


def _model(**fields: Any) -> ChatAIMLAPI:
    body, stream = wire.completion({"content": "Hi"}), wire.chat_stream({"content": "Hi"})
    return wire.model_of(body, stream, **fields)


class Schema(BaseModel):
    """An answer."""

    text: str


def _constructor() -> None:
    ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-0123456789", enable_search=True)  # here


def _misplaced() -> None:
    ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-0123456789", model_kwargs={"seed": 1})  # here


def _plain_text() -> None:
    _of_host("http://warned.example/v1")


def _of_host(url: str) -> None:
    ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-0123456789", base_url=url)  # here


def _invoke() -> None:
    _model().invoke("Hi!", temperature=9)  # here


def _chain() -> None:
    chain = (
        ChatPromptTemplate.from_template("{x}") | _model(temperature=9) | (lambda answer: answer)
    )
    chain.invoke({"x": "Hi!"})  # here


def _batch() -> None:
    _model(temperature=9).batch(["Hi!", "Ho!"])  # here


def _batch_in_a_thread() -> None:
    def work() -> None:
        _model(temperature=9).batch(["Hi!", "Ho!"])  # here

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def _events() -> None:
    for _ in _model(temperature=9).stream_events("Hi!", version="v3"):  # here
        pass


def _ainvoke() -> None:
    async def main() -> None:
        await _model().ainvoke("Hi!", temperature=9)  # here

    asyncio.run(main())


def _astream() -> None:
    async def main() -> None:
        async for _ in _model().astream("Hi!", temperature=9):  # here
            pass

    asyncio.run(main())


def _tool_choice() -> None:
    thinking = _model(model="anthropic/claude-sonnet-4", thinking=THINKING)
    thinking.bind_tools([Schema], tool_choice="any")  # here


def _structured() -> None:
    _model(model=OLD_CLAUDE).with_structured_output(Schema, method="json_schema")  # here


CASES: dict[str, Callable[[], None]] = {
    name.strip("_").replace("_", " "): case
    for name, case in list(globals().items())
    if getattr(case, "__module__", None) == __name__
    and name.startswith("_")
    and name not in {"_model", "_of_host"}
}


@pytest.mark.parametrize("case", CASES)
def test_a_warning_names_the_line_of_the_user(case: str) -> None:
    with pytest.warns(UserWarning, match=r"\w") as caught:
        CASES[case]()
    for warning in caught:
        line = linecache.getline(warning.filename, warning.lineno)
        assert "# here" in line, f"{warning.filename}:{warning.lineno}: {warning.message}"
        assert warning.filename == __file__


# --- names of other packages ---


OF_OTHERS = {
    "api_key": """openai_api_key apikey apiKey API_KEY mistral_api_key key token auth_token
        huggingfacehub_api_token azure_ad_token_secret authorization""",
    "base_url": "openai_api_base anthropic_api_url azure_endpoint baseURL api_base url",
    "timeout": "request_timeout default_request_timeout timeout_ms",
    "proxy": "openai_proxy",
    "default_headers": "additional_headers",
}


@pytest.mark.parametrize("meant", OF_OTHERS)
def test_names_of_other_packages_are_refused_before_anything_is_stored_or_sent(meant: str) -> None:
    value = "sk-somewhere-0123456789"

    sent: list[Any] = []
    model = _model(sent=sent)
    for name in OF_OTHERS[meant].split():
        given = {name: value}
        for use in (
            lambda given=given: _model(**given),
            lambda given=given: model.invoke("Hi!", **given),
            lambda given=given: model.bind(**given).invoke("Hi!"),
        ):
            with pytest.raises(ConfigurationError, match=f"did you mean {meant}") as caught:
                use()
            assert value not in str(caught.value)
    assert sent == []


def test_a_parameter_of_the_service_is_passed_on() -> None:
    said = "enable_search: no parameter of ChatAIMLAPI; sent to the service"
    with pytest.warns(UserWarning, match=said):
        assert _model(enable_search=1).model_kwargs == {"enable_search": 1}
