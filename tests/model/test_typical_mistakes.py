"""What a newcomer gets wrong: each time one line says what to do, about the newcomer's own line."""

from __future__ import annotations

import re
import runpy
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import InvalidRequestError
from langchain_aimlapi.testing import Failure, answers

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
import os
from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI
from langchain_aimlapi.testing import answers

ok = answers(["Hi"] * 9)
"""

MISTAKES: dict[str, tuple[str, str]] = {
    "no key": (
        'ChatAIMLAPI(model="openai/gpt-4o")',
        r"MissingAPIKeyError: No API key\. Set the environment variable AIMLAPI_API_KEY, or pass",
    ),
    "a setting that ChatOpenAI has": (
        'ChatAIMLAPI(model="openai/gpt-5-pro", use_responses_api=True, **ok)',
        r'use_responses_api \(did you mean endpoint="responses"\?\): no parameter of ChatAIMLAPI',
    ),
    "a misspelt parameter": (
        'ChatAIMLAPI(model="openai/gpt-4o", temprature=0.1, **ok)',
        r"UserWarning: temprature \(did you mean temperature\?\)",
    ),
    "a misspelt parameter of a call": (
        'ChatAIMLAPI(model="openai/gpt-4o", **ok).invoke("Hi", temprature=0.1)',
        r"UserWarning: temprature \(did you mean temperature\?\): sent to the service as it is\.",
    ),
    "another package's parameter of embeddings": (
        'AIMLAPIEmbeddings(model="text-embedding-3-small", request_timeout=5, **ok)',
        r"ConfigurationError: request_timeout \(did you mean timeout\?\)",
    ),
    "a client of another library": (
        'ChatAIMLAPI(model="openai/gpt-4o", api_key="k" * 20, http_client=5)',
        r"ConfigurationError: http_client must be an httpx\.Client or httpx2\.Client, not builtins",
    ),
    "several names of other packages": (
        'ChatAIMLAPI(model="openai/gpt-4o", openai_proxy="x", request_timeout=5, **ok)',
        (
            r"There is no argument openai_proxy .*timeout\?\)\. Unknown names are sent to the "
            r"service as parameters: if that is what you want, use extra_body"
        ),
    ),
    "one tool where a list of tools is taken": (
        'ChatAIMLAPI(model="openai/gpt-4o", **ok).bind_tools(print)',
        r"ConfigurationError: tools must be a list, even if there is only one: \[my_tool\]\.",
    ),
    "two things without a name": (
        'ChatAIMLAPI("openai/gpt-4o", 0.5, **ok)',
        r"TypeError: Only the model id may stand without a name, once: ChatAIMLAPI\(",
    ),
    "the model twice": (
        'AIMLAPIEmbeddings("text-embedding-3-small", model="voyage-2", **ok)',
        r"TypeError: Only the model id may stand without a name, once: AIMLAPIEmbeddings",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_line_about_the_users_own_line(
    mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, expected = MISTAKES[mistake]
    monkeypatch.delenv("AIMLAPI_API_KEY", raising=False)
    script = tmp_path / "mine.py"
    script.write_text(HEAD + code + "\n", encoding="utf-8")
    line = HEAD.count("\n") + 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        printed, places = run(script)
    printed += [f"{warning.category.__name__}: {warning.message}" for warning in caught]
    places += [(warning.filename, warning.lineno) for warning in caught]
    matching = [text for text in "\n".join(printed).splitlines() if re.search(expected, text)]
    assert len(matching) == 1, printed
    assert (str(script), line) in places


@pytest.mark.parametrize(
    "text",
    [
        "tools.0.custom.strict: Extra inputs are not permitted",
        "This model does not support images. Send seed or temperature instead.",
        "temperature must be at most 2",
        "An unexpected error occurred while the tools were run",
    ],
)
def test_a_refusal_of_something_else_says_nothing_of_leaving_out(text: str) -> None:
    script = answers([Failure(400, text)])
    model = ChatAIMLAPI(model="openai/gpt-4o", temperature=0.1, seed=1, **script)
    with pytest.raises(InvalidRequestError) as refused:
        model.invoke("Hi", tools=[{"type": "web_search"}])
    assert "Leave out" not in str(refused.value)


def run(script: Path) -> tuple[list[str], list[tuple[str, int | None]]]:
    """Run a script; return what its error says, and the lines that its traceback shows."""
    try:
        runpy.run_path(str(script))
    except Exception as error:  # noqa: BLE001  # whatever the mistake raises
        shown = [f"{type(error).__name__}: {error}"]
        return shown, [(f.filename, f.lineno) for f in traceback.extract_tb(error.__traceback__)]
    return [], []


def test_a_subclass_takes_the_model_id_as_its_base_does() -> None:
    class Mine(ChatAIMLAPI):
        style: str = "plain"

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.setdefault("temperature", 0.1)
            super().__init__(*args, **kwargs)

    mine = Mine("openai/gpt-4o", style="bold", api_key="sk-of-some-length")
    assert (mine.model, mine.style, mine.temperature) == ("openai/gpt-4o", "bold", 0.1)
    with pytest.raises(TypeError, match=r"once: Mine\("):
        Mine("openai/gpt-4o", "bold", api_key="sk-of-some-length")


def test_a_parameter_of_the_service_is_no_slip(recwarn: pytest.WarningsRecorder) -> None:
    script = answers(["Hi"])
    extra = {"enable_thinking": True, "min_tokens": 5, "top_n": 3, "tools": [], "logprobs": None}
    ChatAIMLAPI("alibaba/qwen3-32b", **script).invoke("Hi", **extra)
    assert [warning for warning in recwarn if "did you mean" in str(warning.message)] == []
    assert script.requests[0]["enable_thinking"] is True
