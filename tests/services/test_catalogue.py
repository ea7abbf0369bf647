"""The live list of models, and choosing one of it, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from scripted import KEY, Scripted, ran, refused

from langchain_aimlapi import errors
from langchain_aimlapi.catalogue import (
    CatalogueModel,
    Rate,
    afind_model,
    alist_models,
    apick_model,
    find_model,
    list_models,
    pick_model,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

    Lister = Callable[..., list[CatalogueModel]]
    Picker = Callable[..., list[Any]]

LISTS = pytest.mark.parametrize("lists", [list_models, alist_models])


@pytest.fixture(params=[list_models, alist_models], ids=["sync", "async"])
def listed(request: pytest.FixtureRequest, emulator: Emulator) -> Lister:
    return lambda **asking: ran(request.param(**{"base_url": emulator.base_url, **asking}))


@pytest.fixture
def pick(emulator: Emulator) -> Picker:
    return lambda **criteria: pick_model(base_url=emulator.base_url, **criteria)


def models_of(*items: Any) -> list[CatalogueModel]:
    """Return what a list of these items says."""
    found: list[CatalogueModel] = Scripted({"object": "list", "data": items}).ask(list_models)
    return found


# --- what is asked ------------------------------------------------------------------------------
def test_a_model_is_read_with_all_that_is_listed(listed: Lister) -> None:
    (model,) = listed(id="openai/gpt-4o")
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
        rates=(Rate("token", 3.25, 1_000_000, "input"), Rate("token", 13.0, 1_000_000, "output")),
    )
    assert model.prices == {"input": 3.25, "output": 13.0}
    assert model.raw["info"]["docsJson"].endswith("gpt-4o.json")
    assert (model.price("input"), model.price("cached")) == (3.25, None)
    (model,) = listed(id="openai/gpt-4o", include=None)
    assert (model.prices, model.capabilities, model.input_modalities) == ({}, (), ())


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"id": ["gpt-4o-mini", "perplexity/sonar"]}, {"gpt-4o-mini", "perplexity/sonar"}),
    ({"tags": "budget"}, {"gpt-4o-mini"}),
    ({"input_modalities": "video", "capabilities": "vision"}, {"google/gemini-3-5-flash"}),
    ({"capabilities": ["web-search", "nothing"]}, {"perplexity/sonar"}),
    ({"modalities": "audio", "output_modalities": "audio"}, {"gpt-4o-audio-preview"}),
    ({"id": "openai/gpt-4o", "capabilities": "web-search"}, set()),
    ({"type": "openai/images"}, set()),
]


def test_lists_are_filtered(listed: Lister) -> None:
    for asking, expected in FILTERS:
        assert {model.id for model in listed(**asking)} == expected, asking


@LISTS
def test_filters_are_sent_as_they_are_given_and_a_key_only_then(
    lists: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", "sk-of-the-environment")
    service = Scripted({"data": []})
    asking = {"modalities": ["image", "audio"], "tags": "a b", "type": None, "include": "pricing"}
    assert service.ask(lists, **asking) == []
    service.ask(lists, api_key=KEY)
    first, second = service.requests
    assert first.url.query == b"modalities=image%2Caudio&tags=a+b&include=pricing"
    assert "authorization" not in first.headers
    assert second.headers["authorization"] == f"Bearer {KEY}"


def test_a_list_is_asked_for_once_and_then_whether_it_changed(
    emulator: Emulator, listed: Lister
) -> None:
    before = len(emulator.requests)
    first, second = listed(), listed()
    assert first == second == listed(type=None)
    assert first is not second  # who changes the one does not change the other
    one, two, _ = emulator.requests[before:]
    assert "if-none-match" not in one.headers
    assert two.headers["if-none-match"].startswith('"')


def test_lists_are_kept_with_their_tags_and_those_of_long_ago_are_forgotten() -> None:
    service = Scripted(lambda _: httpx.Response(200, json={"data": []}, headers={"etag": '"t"'}))
    for number in (*range(100), 99, 0):
        service.ask(list_models, tags=str(number))
    known = ["if-none-match" in request.headers for request in service.requests[100:]]
    assert known == [True, False]


def test_measurements_are_asked_for_again_by_their_tag() -> None:
    spread = dict.fromkeys(("p50", "p75", "p90", "p99"), 101)
    row = {"alias": "fast", "endpoint": "/v1/chat/completions", "metrics": {"tps": spread}}

    def answer(request: httpx.Request) -> httpx.Response:
        if "if-none-match" in request.headers:
            return httpx.Response(304)
        body: Any = {"data": [{"id": "fast"}, {"id": "slow"}]}
        if request.url.path.endswith("/metrics"):
            body = {"window_seconds": 300, "models": [row]}
        return httpx.Response(200, json=body, headers={"etag": '"1"'})

    service = Scripted(answer)
    first, again = (service.ask(pick, by="speed") for pick in (pick_model, apick_model))
    assert first == again
    assert [(each.id, each.tokens_per_second) for each in first] == [("fast", 101), ("slow", None)]
    known = ["if-none-match" in request.headers for request in service.requests]
    assert known == [False, False, True, True]


# --- what fails ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (refused(400, "No such tag."), errors.InvalidRequestError, "No such tag"),
        (refused(503), errors.ServerError, r"GET http.*/v1/models\b"),
        (b"<html>", errors.MalformedResponseError, "cannot be read"),
        ({"data": None}, errors.MalformedResponseError, "holds no list"),
        ({"data": [{"aliases": []}]}, errors.MalformedResponseError, "without 'id'"),
    ],
)
def test_what_is_no_catalogue_is_a_typed_error(answer: Any, error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        Scripted(answer).ask(list_models)


def test_failures_are_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    service = Scripted(refused(503))
    for retries in ({"max_retries": 2}, {}):
        with pytest.raises(errors.ServerError):
            service.ask(list_models, **retries)
    assert len(service.requests) == 3 + 1


# --- what an item says --------------------------------------------------------------------------
def test_an_item_of_other_types_is_read_as_far_as_it_goes() -> None:
    for window in (0, -1, True, "128000", None):
        item = {"id": "a/one", "info": {"contextLength": window, "outputMax": window}}
        (model,) = models_of(item)
        assert (model.context, model.output_max) == (None, None)
    item = {"id": "a/b", "aliases": None, "info": [], "tags": ["x", 1], "capabilities": "all"}
    assert models_of(item) == [CatalogueModel(id="a/b", tags=("x",))]


def token(price: Any, **more: Any) -> list[dict[str, Any]]:
    return [{"name": "token", "measure": "input", "price": price, **more}]


@pytest.mark.parametrize(
    ("units", "prices"),
    [
        (token(3.25, measure="output", per=1_000_000), {"output": 3.25}),
        (token(0.002, per=1000), {"input": 2.0}),
        (token(2, per=1), {"input": 2_000_000}),
        (token(2), {}),
        (token("2", per=1), {}),
        (token(2, per=0), {}),
        (token(2, name="image", per=1), {}),
        ("free", {}),
        (None, {}),
    ],
)
def test_prices_are_per_million_tokens(units: Any, prices: dict[str, float]) -> None:
    item = {"id": "a/b", "pricing": {"kind": "fixed", "currency": "USD", "units": units}}
    (model,) = models_of(item)
    assert model.prices == pytest.approx(prices)
    assert model.raw == item


def test_a_price_may_depend_on_the_request() -> None:
    flex = {"when": {"tier": "flex"}, "price": 1.5, "unit": "token", "measure": "input"}
    fast = {"when": {"tier": "fast"}, "units": token(6, per=1_000_000)}
    second = {"when": {"resolution": "720p"}, "price": 0.39, "unit": "second", "per": 1}
    variants = [{**flex, "per": 1000}, fast, second]
    (model,) = models_of({"id": "a/b", "pricing": {"kind": "variants", "variants": variants}})
    prices = [model.price("input", tier=tier) for tier in ("flex", "fast", "other")]
    assert prices == [1500.0, 6.0, None]
    assert (model.pricing, model.prices, model.price("input")) == ("variants", {}, None)
    # Other units are kept as they are listed.
    assert model.rates[2] == Rate("second", 0.39, 1, None, {"resolution": "720p"})
    assert model.rates[2].per_million is None


def test_a_price_that_is_not_known_or_beyond_all_numbers_is_none() -> None:
    (model,) = models_of({"id": "a/b", "pricing": {"kind": "variable"}})
    assert (model.pricing, model.rates, model.price("input")) == ("variable", (), None)
    units = f'[{{"unit": "token", "measure": "input", "price": 1{"0" * 400}, "per": 1}}]'
    body = f'{{"data": [{{"id": "m", "pricing": {{"units": {units}}}}}]}}'
    (model,) = Scripted(body.encode()).ask(list_models)
    assert model.price("input") is None


# --- finding one --------------------------------------------------------------------------------
async def test_a_model_is_found_by_id_and_by_alias(emulator: Emulator) -> None:
    models = list_models(base_url=emulator.base_url)
    by_id = find_model("openai/gpt-4o", models)
    assert by_id is find_model("gpt-4o-2024-08-06", models)
    assert by_id == find_model("gpt-4o", base_url=emulator.base_url)
    assert await afind_model("gpt-4o", base_url=emulator.base_url) == by_id
    with pytest.raises(
        errors.NotFoundError, match=r"no model 'openai/gpt4o'.*Did you mean openai/gpt-4o"
    ):
        find_model("openai/gpt4o", models)
    ours = [CatalogueModel("a/one", aliases=("b/two",)), CatalogueModel("b/two")]
    assert find_model("b/two", ours) is ours[1]


# --- picking some -------------------------------------------------------------------------------
def test_the_cheapest_comes_first_with_its_prices(pick: Picker, emulator: Emulator) -> None:
    before = len(emulator.requests)
    found = pick(capabilities=["tools"])
    assert [request.path for request in emulator.requests[before:]] == ["/v1/models"]
    assert found == sorted(found, key=lambda each: (each.price, each.id))
    best = found[0]
    assert best.price == pytest.approx((3 * best.input_price + best.output_price) / 4)
    assert (best.ttft_ms, best.tokens_per_second) == (None, None)


@pytest.mark.parametrize(
    ("by", "figure", "sign"), [("latency", "ttft_ms", 1), ("speed", "tokens_per_second", -1)]
)
def test_the_fastest_comes_first_with_what_was_measured(
    pick: Picker, by: str, figure: str, sign: int
) -> None:
    found = [getattr(each, figure) for each in pick(by=by)]
    assert None not in found
    assert found == sorted(found, key=lambda value: sign * value)


def test_all_criteria_are_matched(pick: Picker, emulator: Emulator) -> None:
    listed = {model.id: model for model in list_models(base_url=emulator.base_url)}
    wanted: dict[str, Any] = {"capabilities": ["tools", "vision"], "input_modalities": "image"}
    found = pick(**wanted, context=200_000, max_price=20.0, developers=["Anthropic", "open ai"])
    assert 0 < len(found) < len(pick(context=200_000)) < len(listed)
    for each in found:
        assert {"tools", "vision"} <= set(listed[each.id].capabilities)
        assert "image" in listed[each.id].input_modalities
        assert each.context >= 200_000
        assert each.price <= 20.0
        assert each.developer in {"Anthropic", "Open AI", "OpenAI"}


NO_MODEL: list[tuple[dict[str, Any], str]] = [
    ({"max_price": 0.0}, "Ask for less"),
    ({"capabilities": ["tools", "tols"]}, "None has 'tols'"),
    ({"input_modalities": "images"}, "None has 'images'"),
    ({"developers": ["Antropic"]}, "None has 'antropic'"),
    ({"by": "luck"}, "'price', 'latency', 'speed', not 'luck'"),
]


def test_criteria_that_no_model_matches_say_which_words_no_model_has(pick: Picker) -> None:
    for criteria, says in NO_MODEL:
        with pytest.raises((errors.NotFoundError, errors.ConfigurationError), match=says):
            pick(**criteria)
