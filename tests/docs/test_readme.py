"""Figures and names of the README and the files beside it, and what no other test is about."""

from __future__ import annotations

import asyncio
import importlib.metadata
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from emulator.server import serve
from langchain.chat_models import init_chat_model
from langchain_core.callbacks import BaseCallbackHandler

import langchain_aimlapi
from langchain_aimlapi import ChatAIMLAPI, account, errors
from langchain_aimlapi.cost import get_cost_callback
from langchain_aimlapi.profiles import facts_for, known_models
from langchain_aimlapi.testing import Answer, answers

ROOT = Path(__file__).parents[2]
METADATA = importlib.metadata.metadata("langchain-aimlapi")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_cells(name: str, below: str) -> list[str]:
    """Return what stands in backticks in the first column of the table below a header."""
    table = page(name).partition(below)[2].partition("\n\n")[0]
    rows = [line.split(" | ")[0] for line in table.splitlines()[2:]]
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


# --- what it is, and what it needs ---


def test_more_than_400_models_of_many_vendors_are_known() -> None:
    models = known_models()
    assert len(models) > 400
    assert {
        "anthropic",
        "openai",
        "google",
        "deepseek",
        "alibaba",
        "mistralai",
        "x-ai",
    } <= {model.partition("/")[0] for model in models}


DESCRIPTION = re.search(r'^description = "(.*)"$', page("pyproject.toml"), re.MULTILINE)[1]  # type: ignore[index]  # it is there


@pytest.mark.parametrize("text", [langchain_aimlapi.__doc__, DESCRIPTION])
def test_who_looks_at_the_package_reads_of_chat_models_and_embeddings(text: str) -> None:
    assert "chat" in text
    assert "embeddings" in text


def test_help_of_the_package_shows_how_to_begin() -> None:
    said = inspect.getdoc(langchain_aimlapi) or ""
    for name in ("ChatAIMLAPI", "AIMLAPIEmbeddings", "AIMLAPI_API_KEY", "errors", "testing"):
        assert name in said


def test_three_packages_are_needed() -> None:
    needed = importlib.metadata.requires("langchain-aimlapi") or []
    names = {re.split(r"[^\w-]", one)[0] for one in needed if "extra ==" not in one}
    assert names == {"langchain-core", "httpx", "pydantic"}
    assert METADATA.get_all("Provides-Extra") == ["aiohttp", "testing"]


def test_python_3_10_is_enough() -> None:
    assert METADATA["Requires-Python"] == ">=3.10"


def test_the_licence_is_mit() -> None:
    assert METADATA["License-Expression"] == "MIT"
    assert page("LICENSE").startswith("MIT License")


@pytest.mark.parametrize(
    "target", ["quickstart", "test", "examples", "emulator", "bench", "features", "load"]
)
def test_a_target_that_is_named_is_there(target: str) -> None:
    assert re.search(rf"^{target}:.*## ", page("Makefile"), re.MULTILINE)


def test_make_examples_runs_every_example() -> None:
    recipe = page("Makefile").partition("\nexamples:")[2].partition("\n\n")[0]
    assert "$(wildcard examples/*.py)" in recipe
    assert "examples/scale_out_ray.py" in recipe
    listed = first_cells("examples/README.md", "| example | shows |")
    there = {path.stem for path in (ROOT / "examples").glob("[!_]*.py")}
    others = {"chat.ipynb", "embeddings.ipynb", "replayed_tests/"}
    assert set(listed) == there | others
    assert all((ROOT / "examples" / name).exists() for name in others)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "examples").glob("[!_]*.py")), ids=lambda path: path.stem
)
def test_an_example_is_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    # The first draws its own pictures, the second is a program.
    assert lines < 60 or path.stem in {"images_and_pdf", "scale_out_ray"}


# --- endpoints ---


def test_most_codex_models_are_served_on_responses_only() -> None:
    only = [model for model in known_models() if facts_for(model).endpoints == ("responses",)]
    assert {"openai/gpt-5-pro", "openai/gpt-5-4"} <= set(only)
    codex = [model for model in known_models() if "codex" in model]
    assert len(codex) / 2 < len([model for model in only if "codex" in model])


def test_gpt_the_o_series_and_one_grok_are_served_on_responses() -> None:
    served = [model for model in known_models() if "responses" in facts_for(model).endpoints]
    names = {model.rpartition("/")[2] for model in served}
    assert len([name for name in names if "grok" in name]) == 1
    assert all(re.match(r"(chat)?gpt-|o\d|grok", name) for name in names), names


# --- errors and settings ---


def test_the_table_of_errors_has_all_of_them() -> None:
    public = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value)
        and issubclass(value, errors.AIMLAPIError)
        and value.__module__ == errors.__name__
    }
    listed = first_cells("ERRORS.md", "| error | when | repeated by itself |")
    assert set(listed) == public - {"AIMLAPIError", "APIStatusError"}
    short = first_cells("README.md", "| error | when | repeated |")
    assert set(short) <= public


def test_defaults_are_those_of_the_table() -> None:
    model = ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-of-some-length")
    rows = {
        line.split("`")[1]: line.split(" | ")[1]
        for line in page("ERRORS.md").partition("| setting | default")[2].splitlines()
        if line.startswith("| `")
    }
    default = httpx.Timeout(600, connect=15)  # a test of the fields says so
    assert rows == {
        "timeout": f"{default.read:.0f} s, {default.connect:.0f} s to connect",
        "stream_chunk_timeout": f"{model.stream_chunk_timeout:.0f} s",
        "max_retries": str(model.max_retries),
        "max_answer_bytes": f"{model.max_answer_bytes / 2**20:.0f} MiB",
    }


# --- costs and the account ---


@pytest.mark.parametrize("name", ["balance", "logs", "metrics"])
def test_each_question_to_the_account_has_an_async_form(name: str) -> None:
    assert callable(getattr(account, name))
    assert getattr(account, f"a{name}").__name__ == f"a{name}"


@pytest.mark.parametrize(("bound", "most"), [(None, 20), (3, 3)])
async def test_a_batch_is_asked_at_once_unless_it_is_bounded(bound: int | None, most: int) -> None:
    under_way, seen = 0, 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, seen
        under_way += 1
        seen = max(seen, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        message = {"role": "assistant", "content": "Hi!"}
        return httpx.Response(200, json={"choices": [{"index": 0, "message": message}]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        model = ChatAIMLAPI(
            model="openai/gpt-4o", api_key="sk-of-some-length", http_async_client=client
        )
        config: Any = {} if bound is None else {"max_concurrency": bound}
        await model.abatch(["Hi!"] * 20, config=config)
    assert seen == most


# --- models ---


def test_init_chat_model_does_not_know_us() -> None:
    with pytest.raises((ValueError, ImportError), match="aimlapi"):
        init_chat_model("openai/gpt-4o", model_provider="aimlapi")


# --- what comes out ---


class Seen(BaseCallbackHandler):
    message: Any = None

    def on_llm_end(self, response: Any, **_: Any) -> None:
        self.message = response.generations[0][0].message


def test_callbacks_batches_and_events_see_the_same_facts() -> None:
    usage = {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8}
    script = answers([Answer("Bees hum.", cost=0.001, usage=usage)] * 3)
    model = ChatAIMLAPI(model="openai/gpt-4o", **script)
    whole = model.invoke("Hi!")
    (one,) = model.batch(["Hi!"])
    seen = Seen()
    streamed = model.stream_events("Hi!", version="v3", config={"callbacks": [seen]}).output
    for answer in (one, streamed, seen.message):
        assert answer.text == whole.text
        assert answer.usage_metadata == whole.usage_metadata
        assert answer.response_metadata["cost"] == whole.response_metadata["cost"]


def test_make_prints_what_it_would_do_without_a_key(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603  # our own Makefile
        ["make", "--dry-run", "quickstart", f"VENV={tmp_path}/venv"],  # noqa: S607  # as users do
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "examples/quickstart.py" in done.stdout
    assert "git" not in done.stdout.split()


def test_an_answer_has_the_ids_to_ask_about() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        message = {"role": "assistant", "content": "Hi!"}
        return httpx.Response(
            200,
            json={"id": "chatcmpl-1", "choices": [{"index": 0, "message": message}]},
            headers={
                "x-inference-id": "inf-1",
                "x-client-request-id": request.headers["x-client-request-id"],
            },
        )

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        model = ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-of-some-length", http_client=client)
        found = model.invoke("Hi!", client_request_id="order-4711").response_metadata
    assert {key: found[key] for key in ("id", "inference_id", "client_request_id")} == {
        "id": "chatcmpl-1",
        "inference_id": "inf-1",
        "client_request_id": "order-4711",
    }


def test_chats_have_three_endpoints() -> None:
    served = {endpoint for model in known_models() for endpoint in facts_for(model).endpoints}
    assert served == {"chat/completions", "responses", "messages"}
    rows = page("ENDPOINTS.md").partition("| endpoint | who")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `/([^`]+)`", rows, re.MULTILINE)) == served


def test_the_changelog_begins_with_this_version() -> None:
    first = re.search(r"^## ([\d.]+) ", page("CHANGELOG.md"), re.MULTILINE)
    assert first
    assert first[1] == langchain_aimlapi.__version__


# --- the testing kit ---


def test_the_emulator_prints_the_two_variables() -> None:
    command = [sys.executable, "-m", "tests.emulator", "--port", "0"]
    with subprocess.Popen(  # noqa: S603  # our own module
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines = [process.stderr.readline(), process.stderr.readline()]
        try:
            # The lines are there to be pasted, and what they say holds from the first moment on.
            pasted = [line.removeprefix("export ").strip().partition("=") for line in lines]
            variables = {name: value for name, _, value in pasted}
            answer = httpx.get(f"{variables['AIMLAPI_API_BASE']}/models", trust_env=False)
        finally:
            process.kill()
    assert all(line.startswith("export ") for line in lines)
    assert variables["AIMLAPI_API_KEY"] == "sk-emulator"
    assert answer.status_code == 200
    assert "8787" in page("Makefile").partition("\nemulator:")[2].partition("\n\n")[0]


def test_the_tests_of_the_page_record_and_play(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    register, test = re.findall(r"```python\n(.*?)\n```", page("TESTING.md"), re.DOTALL)[1:]
    pytester.makeconftest(register)
    before = """
import pytest
from langchain.agents import create_agent
from langchain_aimlapi import ChatAIMLAPI

def weather(city: str) -> str:
    "Tell the weather of a city."
    return f"It is sunny in {city}."

def my_agent():
    return create_agent(ChatAIMLAPI(model="openai/gpt-4o"), [weather])
"""
    asked = '{"messages": [("user", "What is the weather in Lisbon?")]}'
    pytester.makepyfile(test_mine=before + test.replace("invoke(...)", f"invoke({asked})"))
    for name in ("AIMLAPI_API_KEY", "AIMLAPI_API_BASE", "AIMLAPI_RECORD_FROM"):
        monkeypatch.delenv(name, raising=False)
    quick = ("-p", "no:cacheprovider", "-p", "no:benchmark")
    with serve() as emulator, monkeypatch.context() as recording:
        recording.setenv("AIMLAPI_API_BASE", emulator.base_url)
        recording.setenv("AIMLAPI_API_KEY", "sk-emulator")
        recorded = pytester.runpytest_subprocess("--record-mode=rewrite", *quick)
        recorded.assert_outcomes(passed=1)
    assert (pytester.path / "cassettes" / "test_mine" / "test_my_agent.yaml").is_file()
    pytester.runpytest_subprocess(*quick).assert_outcomes(passed=1)


def test_an_error_has_the_facts_that_the_page_names() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            429,
            json={"message": "Slow down."},
            headers={
                "x-request-id": "req-1",
                "x-inference-id": "inf-1",
                "x-client-request-id": request.headers["x-client-request-id"],
                "retry-after": "7",
            },
        )

    listed = re.search(r"An error has (.*?)\.\n", page("ERRORS.md"), re.DOTALL)
    assert listed
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        model = ChatAIMLAPI(model="openai/gpt-4o", api_key="sk-of-some-length", http_client=client)
        with pytest.raises(errors.RateLimitError) as refused:
            model.invoke("Hi!", client_request_id="order-4711", max_retries=0)
    assert {name: getattr(refused.value, name) for name in re.findall("`(.*?)`", listed[1])} == {
        "status_code": 429,
        "request_id": "req-1",
        "inference_id": "inf-1",
        "client_request_id": "order-4711",
        "retry_after": 7.0,
        "body_excerpt": '{"message":"Slow down."}',
    }


async def test_calls_under_way_end_as_usual_and_may_overspend() -> None:
    script = answers([Answer("Hi!", cost=0.03, delay=0.05)] * 4)
    model = ChatAIMLAPI(model="openai/gpt-4o", **script)
    with get_cost_callback(budget_usd=0.05) as cost:
        found = await model.abatch(["Hi!"] * 3)
        with pytest.raises(errors.BudgetExceededError):
            await model.ainvoke("Hi!")
    assert [answer.text for answer in found] == ["Hi!"] * 3
    assert cost.usd == pytest.approx(0.09)
    assert len(script.requests) == 3
