"""What LangChain puts around a model: fallbacks, retries, caches, limits, configuration."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from families import CLAUDE, GPT, RETIRED, every_vendor
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps, loads
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, HumanMessagePromptTemplate, PromptTemplate
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import ConfigurableField, RunnableSequence
from private import shorten_waits
from sockets.scripts import answers, completion, first

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.cost import get_cost_callback
from langchain_aimlapi.errors import ServerError

if TYPE_CHECKING:
    from emulator.server import Emulator
    from families import ModelOf
    from sockets.server import FaultServer


# --- failures -----------------------------------------------------------------------------------
async def test_a_fallback_of_another_vendor(model_of: ModelOf) -> None:
    model = model_of(RETIRED).with_fallbacks([model_of(CLAUDE)])
    for text in (
        model.invoke("What is 2 * 3?").text,
        (await model.ainvoke("What is 2 * 3?")).text,
        "".join(chunk.text for chunk in model.stream("What is 2 * 3?")),
    ):
        assert text == "2 * 3 = 6."


def test_with_retry_on_top(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_waits(monkeypatch)
    busy = answers(503, {"error": {"message": "busy"}})
    service = faults.serving(first(busy, busy, busy, answers(200, completion("Done."))))
    model = ChatAIMLAPI(model=GPT, api_key="k", base_url=service.base_url, max_retries=1)
    retrying = model.with_retry(
        retry_if_exception_type=(ServerError,), wait_exponential_jitter=False, stop_after_attempt=2
    )
    assert retrying.invoke("hi").text == "Done."
    assert len(service.requests) == 4  # two attempts of ours, twice


# --- caches -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["invoke", "ainvoke"])
async def test_an_answer_of_the_cache_says_so_and_costs_nothing(
    model_of: ModelOf, emulator: Emulator, method: str
) -> None:
    model = model_of(CLAUDE, cache=InMemoryCache())

    async def ask() -> Any:
        return model.invoke("hi") if method == "invoke" else await model.ainvoke("hi")

    first_answer = await ask()
    before = len(emulator.requests)
    with get_cost_callback() as cost:
        hit = await ask()
    assert len(emulator.requests) == before
    assert "total_cost" not in first_answer.usage_metadata
    assert hit.usage_metadata == {**first_answer.usage_metadata, "total_cost": 0}
    assert hit.response_metadata["cost"] == first_answer.response_metadata["cost"]
    assert (cost.calls, cost.usd) == (0, 0)


# --- limits and configuration -------------------------------------------------------------------
async def test_a_rate_limiter(model_of: ModelOf) -> None:
    limiter = InMemoryRateLimiter(
        requests_per_second=20, check_every_n_seconds=0.01, max_bucket_size=1
    )
    model = model_of(GPT, rate_limiter=limiter)
    start = time.perf_counter()
    for _ in range(3):
        model.invoke("hi")
    await model.ainvoke("hi")
    assert time.perf_counter() - start > 0.1


def test_configurable_fields(model_of: ModelOf, emulator: Emulator) -> None:
    model = model_of(GPT, max_tokens=50).configurable_fields(
        model=ConfigurableField(id="model"), temperature=ConfigurableField(id="warmth")
    )
    model.invoke("hi")
    assert emulator.requests[-1].body["model"] == GPT
    chosen = {"model": CLAUDE, "warmth": 0.3}
    answer = model.with_config(configurable=chosen).invoke("hi", stop=["you"])
    assert answer.text == "Hello! How are "
    body = emulator.requests[-1].body
    assert (body["model"], body["temperature"]) == (CLAUDE, 0.3)
    assert body["stop_sequences"] == ["you"]  # the schema follows the model


# --- callbacks ----------------------------------------------------------------------------------
class Watch(BaseCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[tuple[str, Any]] = []

    def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        self.seen.append(("start", (serialized, kwargs)))

    def on_llm_new_token(self, token: str, **kwargs: Any) -> None:
        self.seen.append(("token", token))

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        self.seen.append(("end", response))


@every_vendor
def test_callbacks_of_a_stream(model_of: ModelOf, name: str) -> None:
    watch = Watch()
    model = model_of(name, temperature=0.5)
    list(model.stream("What is 17 * 23?", config={"callbacks": [watch]}))
    kinds = [kind for kind, _ in watch.seen]
    assert kinds[0] == "start"
    assert kinds[-1] == "end"
    assert set(kinds[1:-1]) == {"token"}
    _, (serialized, settings) = watch.seen[0]
    assert settings["invocation_params"]["model"] == name
    assert settings["invocation_params"]["temperature"] == 0.5
    assert "sk-emulator" not in str((serialized, settings))
    assert "".join(token for kind, token in watch.seen if kind == "token") == "17 * 23 = 391."
    message = watch.seen[-1][1].generations[0][0].message
    assert message.usage_metadata["total_tokens"] > 0


@pytest.mark.filterwarnings("ignore:The function `loads` is in beta")
def test_a_chain_is_written_and_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", "sk-of-the-environment")
    chain = ChatPromptTemplate.from_template("{x}") | ChatAIMLAPI(model=GPT) | StrOutputParser()
    templates = [ChatPromptTemplate, HumanMessagePromptTemplate, PromptTemplate]
    text = dumps(chain)
    assert "sk-of-the-environment" not in text
    loaded = loads(
        text,
        allowed_objects=[ChatAIMLAPI, RunnableSequence, StrOutputParser, *templates],
        valid_namespaces=["langchain_aimlapi"],
        secrets_from_env=True,
    )
    assert loaded == chain
