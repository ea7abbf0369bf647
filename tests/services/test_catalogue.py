"""The live list of models, sync and async."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from doors.listing import models_of
from doors.waits import shorten_waits
from faults.scripts import answers

from langchain_aimlapi.catalogue import (
    CatalogueModel,
    Rate,
    afind_model,
    alist_models,
    find_model,
    list_models,
)
from langchain_aimlapi.errors import (
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator
    from faults.server import Exchange, FaultServer

    Lister = Callable[..., list[CatalogueModel]]


def _async(**asking: Any) -> list[CatalogueModel]:
    return asyncio.run(alist_models(**asking))


@pytest.fixture(params=[list_models, _async], ids=["sync", "async"])
def listed(request: pytest.FixtureRequest, emulator: Emulator) -> Lister:
    def call(**asking: Any) -> list[CatalogueModel]:
        models: list[CatalogueModel] = request.param(**{"base_url": emulator.base_url, **asking})
        return models

    return call


def test_a_model_is_read_with_all_that_is_listed(listed: Lister) -> None:
    (model,) = listed(id="openai/gpt-4o")
    raw = model.raw
    assert model == CatalogueModel(
        id="openai/gpt-4o",
        aliases=("gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-2024-05-13"),
        type="openai/chat-completions",
        name="Chat GPT 4o",
        developer="Open AI",
        released="2025-05-22",
        cutoff="2025-03-01",
        context=128_000,
        output_max=16_384,
        capabilities=("streaming", "tools", "structured-outputs", "vision"),
        input_modalities=("text", "image", "file"),
        output_modalities=("text",),
        pricing="fixed",
        currency="USD",
        rates=(
            Rate("token", 3.25, 1_000_000, "input"),
            Rate("token", 13.0, 1_000_000, "output"),
        ),
    )
    assert model.prices == {"input": 3.25, "output": 13.0}
    assert raw["info"]["docsJson"].endswith("gpt-4o.json")
    assert (model.price("input"), model.price("cached")) == (3.25, None)


@pytest.mark.parametrize(
    ("asking", "expected"),
    [
        ({"id": ["gpt-4o-mini", "perplexity/sonar"]}, {"gpt-4o-mini", "perplexity/sonar"}),
        ({"tags": "budget"}, {"gpt-4o-mini"}),
        ({"capabilities": ["web-search"]}, {"perplexity/sonar"}),
        ({"input_modalities": "video", "capabilities": "vision"}, {"google/gemini-3-5-flash"}),
        ({"capabilities": ["web-search", "nothing"]}, {"perplexity/sonar"}),
        ({"modalities": "audio", "output_modalities": "audio"}, {"gpt-4o-audio-preview"}),
        ({"id": "openai/gpt-4o", "capabilities": "web-search"}, set()),
        ({"output_modalities": "audio"}, {"gpt-4o-audio-preview"}),
        ({"type": "openai/images"}, set()),
    ],
)
def test_filters(listed: Lister, asking: dict[str, Any], expected: set[str]) -> None:
    assert {model.id for model in listed(**asking)} == expected


def test_what_is_not_asked_for_is_not_there(listed: Lister) -> None:
    (model,) = listed(id="openai/gpt-4o", include=None)
    assert (model.prices, model.capabilities, model.input_modalities) == ({}, (), ())


def test_chat_models_are_listed_unless_another_type_is_asked_for(
    emulator: Emulator, listed: Lister
) -> None:
    assert listed() == listed(type=None)


def test_a_list_is_asked_for_once_and_then_whether_it_changed(
    emulator: Emulator, listed: Lister
) -> None:
    before = len(emulator.requests)
    first, second = listed(), listed()
    assert first == second
    assert first is not second  # who changes the one does not change the other
    one, two = emulator.requests[before:]
    assert "if-none-match" not in one.headers
    assert two.headers["if-none-match"].startswith('"')


def test_no_key_is_sent_unless_it_is_given(
    emulator: Emulator, listed: Lister, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", "sk-of-the-environment")
    listed()
    assert "authorization" not in emulator.requests[-1].headers
    listed(api_key="sk-given")
    assert emulator.requests[-1].headers["authorization"] == "Bearer sk-given"


def test_filters_are_sent_as_they_are_given(listed: Lister, faults: FaultServer) -> None:
    service = faults.serving(answers(200, {"data": []}))
    asking = {"modalities": ["image", "audio"], "tags": "a b", "type": None, "include": "pricing"}
    assert listed(base_url=service.base_url, **asking) == []
    assert "/models?tags=a+b&modalities=image%2Caudio&include=pricing " in service.requests[0].line


@pytest.mark.parametrize("window", [0, -1, True, "128000", None])
def test_a_window_that_is_none_is_not_listed(
    listed: Lister, faults: FaultServer, window: Any
) -> None:
    found = {"id": "a/one", "info": {"contextLength": window, "outputMax": window}}
    service = faults.serving(answers(200, {"data": [found]}))
    (model,) = listed(base_url=service.base_url)
    assert (model.context, model.output_max) == (None, None)


def test_a_filter_that_the_service_refuses_is_a_typed_error(faults: FaultServer) -> None:
    service = faults.serving(answers(400, {"title": "Bad Request", "message": "No such tag."}))
    with pytest.raises(InvalidRequestError, match="No such tag"):
        list_models(base_url=service.base_url, tags="?")


def test_an_argument_that_is_none_is_refused(listed: Lister) -> None:
    with pytest.raises(TypeError, match="no argument colour"):
        listed(colour="blue")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "cannot be read"),
        ({"data": None}, "holds no list"),
        ({"data": [{"aliases": []}]}, "without an id"),
    ],
)
def test_what_is_no_catalogue_is_a_typed_error(
    faults: FaultServer, body: Any, message: str
) -> None:
    service = faults.serving(answers(200, body))
    with pytest.raises(MalformedResponseError, match=message):
        list_models(base_url=service.base_url)


def test_failures_are_repeated(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_waits(monkeypatch)
    service = faults.serving(answers(503, b"busy"))
    with pytest.raises(ServerError, match=r"GET http://.*/v1/models\b"):
        list_models(base_url=service.base_url)
    assert len(service.requests) == 3
    with pytest.raises(ServerError):
        list_models(base_url=service.base_url, max_retries=0)
    assert len(service.requests) == 4


def test_an_answer_without_an_etag_is_not_kept(faults: FaultServer) -> None:
    async def script(exchange: Exchange) -> None:
        await answers(200, {"data": [{"id": f"model-{exchange.attempt}"}]})(exchange)

    service = faults.serving(script)
    ids = [list_models(base_url=service.base_url)[0].id for _ in range(2)]
    assert ids == ["model-1", "model-2"]


@pytest.mark.parametrize(
    ("pricing", "prices"),
    [
        ([{"name": "token", "measure": "output", "price": 3.25, "per": 1000000}], {"output": 3.25}),
        ([{"name": "token", "measure": "input", "price": 0.002, "per": 1000}], {"input": 2.0}),
        ([{"name": "token", "measure": "input", "price": 2, "per": 1}], {"input": 2_000_000}),
        ([{"name": "token", "measure": "input", "price": 2}], {}),
        ([{"name": "token", "measure": "input", "price": "2", "per": 1}], {}),
        ([{"name": "token", "measure": "input", "price": 2, "per": 0}], {}),
        ([{"name": "image", "measure": "output", "price": 1, "per": 1}], {}),
        ("free", {}),
        (None, {}),
    ],
)
def test_prices_are_per_million_tokens(pricing: Any, prices: dict[str, float]) -> None:
    item = {"id": "a/b", "pricing": {"kind": "fixed", "currency": "USD", "units": pricing}}
    (model,) = models_of(item)
    assert model.prices == pytest.approx(prices)
    assert model.raw == item


VARIANTS = {
    "kind": "variants",
    "dimensions": ["tier"],
    "variants": [
        {"when": {"tier": "flex"}, "price": 1.5, "unit": "token", "measure": "input", "per": 1000},
        {
            "when": {"tier": "fast"},
            "units": [{"name": "token", "measure": "input", "price": 6, "per": 1_000_000}],
        },
    ],
}


@pytest.mark.parametrize(
    ("parameters", "price"),
    [({"tier": "flex"}, 1500.0), ({"tier": "fast"}, 6.0), ({"tier": "other"}, None), ({}, None)],
)
def test_a_price_may_depend_on_the_request(parameters: dict[str, Any], price: float | None) -> None:
    (model,) = models_of({"id": "a/b", "pricing": VARIANTS})
    assert model.pricing == "variants"
    assert model.price("input", **parameters) == price
    assert model.prices == {}


def test_a_rate_for_the_request_wins_over_the_rate_for_all() -> None:
    model = CatalogueModel(
        "a/b",
        rates=(Rate("token", 2, 1e6, "input"), Rate("token", 1, 1e6, "input", {"tier": "flex"})),
    )
    assert (model.price("input", tier="flex"), model.price("input")) == (1, 2)
    assert model.prices == {"input": 2}


def test_other_units_are_kept_as_they_are_listed() -> None:
    seconds = {"when": {"resolution": "720p"}, "price": 0.39, "unit": "second", "per": 1}
    (model,) = models_of({"id": "a/b", "pricing": {"kind": "variants", "variants": [seconds]}})
    (rate,) = model.rates
    assert rate == Rate("second", 0.39, 1, None, {"resolution": "720p"})
    assert (rate.per_million, model.prices) == (None, {})


def test_a_price_that_is_not_known_before_is_no_price() -> None:
    (model,) = models_of({"id": "a/b", "pricing": {"kind": "variable"}})
    assert (model.pricing, model.rates, model.price("input")) == ("variable", (), None)


def test_models_travel_and_can_be_gathered_in_sets(emulator: Emulator) -> None:
    models = list_models(base_url=emulator.base_url)
    assert pickle.loads(pickle.dumps(models)) == models  # noqa: S301  # our own
    assert len({*models, *copy.deepcopy(models)}) == len(models)


def test_lists_are_kept_by_key_and_the_oldest_are_forgotten(faults: FaultServer) -> None:
    service = faults.serving(answers(200, {"data": []}, etag='"tag"'))
    for number in range(100):
        list_models(base_url=service.base_url, tags=str(number))
    # The newest first: a list that is asked for in full takes the place of the oldest.
    for number in reversed(range(100)):
        list_models(base_url=service.base_url, tags=str(number))
    again = zip(reversed(range(100)), service.requests[100:], strict=True)
    assert sorted(n for n, request in again if "if-none-match" in request.headers) == list(
        range(68, 100)
    )
    list_models(base_url=service.base_url, tags="0", api_key="sk-other")
    assert "if-none-match" not in service.requests[-1].headers


def test_an_item_of_other_types_is_read_as_far_as_it_goes() -> None:
    item = {"id": "a/b", "aliases": None, "info": [], "tags": ["x", 1], "capabilities": "all"}
    assert models_of(item) == [CatalogueModel(id="a/b", tags=("x",))]


def test_a_model_is_found_by_id_and_by_alias(emulator: Emulator) -> None:
    models = list_models(base_url=emulator.base_url)
    by_id = find_model("openai/gpt-4o", models)
    assert by_id is find_model("gpt-4o-2024-08-06", models)
    assert by_id == find_model("gpt-4o", base_url=emulator.base_url)


async def test_a_model_is_found_in_the_live_list(emulator: Emulator) -> None:
    found = await afind_model("claude-sonnet-4", base_url=emulator.base_url)
    assert found.id == "anthropic/claude-sonnet-4"


def test_an_id_wins_over_an_alias_of_another_model() -> None:
    models = [CatalogueModel("a/one", aliases=("b/two",)), CatalogueModel("b/two")]
    assert find_model("b/two", models).id == "b/two"


def test_an_unknown_name_is_an_error_with_names_that_look_like_it() -> None:
    models = [CatalogueModel("openai/gpt-4o"), CatalogueModel("perplexity/sonar")]
    with pytest.raises(
        NotFoundError, match=r"no model 'openai/gpt4o'.*Did you mean openai/gpt-4o\?"
    ):
        find_model("openai/gpt4o", models)
