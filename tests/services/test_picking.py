"""Choosing a model by what it can do, what it costs and how fast it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from faults.scripts import answers

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.catalogue import Pick, apick_model, list_models, pick_model
from langchain_aimlapi.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator
    from faults.server import Exchange, FaultServer

    Picker = Callable[..., list[Pick]]


def _async(**criteria: Any) -> list[Pick]:
    return asyncio.run(apick_model(**criteria))


@pytest.fixture(params=[pick_model, _async], ids=["sync", "async"])
def pick(request: pytest.FixtureRequest, emulator: Emulator) -> Picker:
    def call(**criteria: Any) -> list[Pick]:
        found: list[Pick] = request.param(base_url=emulator.base_url, **criteria)
        return found

    return call


def test_the_cheapest_comes_first_with_its_prices(pick: Picker) -> None:
    found = pick(capabilities=["tools"])
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
    found = pick(
        capabilities=["tools", "vision"],
        input_modalities="image",
        context=200_000,
        max_price=20.0,
        developers=["Anthropic", "open ai"],
    )
    assert found
    for each in found:
        model = listed[each.id]
        assert {"tools", "vision"} <= set(model.capabilities)
        assert "image" in model.input_modalities
        assert each.context is not None
        assert each.context >= 200_000
        assert each.price is not None
        assert each.price <= 20.0
        assert each.developer in {"Anthropic", "Open AI", "OpenAI"}
    assert len(found) < len(pick(context=200_000)) < len(listed)


def test_criteria_that_no_model_matches_say_so(pick: Picker) -> None:
    with pytest.raises(NotFoundError, match="Ask for less"):
        pick(max_price=0.0)


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        (
            {"capabilities": ["tools", "tols"]},
            r"No model has 'tols' among its capabilities; there are .*tools",
        ),
        (
            {"input_modalities": "images"},
            r"'images' among its input_modalities; there are .*image,",
        ),
        ({"developers": ["Antropic"]}, r"'antropic' among its developers; there are .*Anthropic,"),
    ],
)
def test_a_word_that_no_model_has_is_named_beside_the_known_ones(
    pick: Picker, criteria: dict[str, Any], message: str
) -> None:
    with pytest.raises(NotFoundError, match=message):
        pick(**criteria)


def test_another_order_is_refused(pick: Picker) -> None:
    with pytest.raises(ConfigurationError, match="'price', 'latency', 'speed', not 'luck'"):
        pick(by="luck")


def test_the_metrics_are_asked_only_where_they_decide(pick: Picker, emulator: Emulator) -> None:
    before = len(emulator.requests)
    pick()
    assert [request.path for request in emulator.requests[before:]] == ["/v1/models"]


def test_picks_become_a_model_with_fallbacks(pick: Picker, emulator: Emulator) -> None:
    best, *others = pick(capabilities=["tools"], by="speed")
    settings = {"api_key": "test-picks", "base_url": emulator.base_url}
    model = ChatAIMLAPI(model=best.id, **settings).with_fallbacks(
        [ChatAIMLAPI(model=other.id, **settings) for other in others[:2]]
    )
    assert model.invoke("Hi!").text


# --- what is asked again ---


class Service:
    """Lists one model, and measures it anew every time unless the tag is still the same."""

    def __init__(self, *, tagged: bool) -> None:
        self.tagged = tagged
        self.tag = '"1"'
        self.speed = 0
        self.statuses: list[tuple[str, int]] = []

    async def __call__(self, exchange: Exchange) -> None:
        path = "/models/metrics" if "/metrics" in exchange.request.line else "/models"
        tag = self.tag if self.tagged else None
        known = exchange.request.headers.get("if-none-match")
        if tag and known == tag:
            self.statuses.append((path, 304))
            await answers(304, b"", etag=tag)(exchange)
            return
        assert known is None or tag
        self.statuses.append((path, 200))
        if path == "/models":
            body: Any = {"data": [{"id": "fast"}, {"id": "slow"}]}
        else:
            self.speed += 1
            spread = dict.fromkeys(("p50", "p75", "p90", "p99"), 100 + self.speed)
            row = {"alias": "fast", "endpoint": "/v1/chat/completions", "metrics": {"tps": spread}}
            body = {"window_seconds": 300, "models": [row]}
        await answers(200, body, **({"etag": tag} if tag else {}))(exchange)


def test_what_did_not_change_is_not_sent_again(faults: FaultServer) -> None:
    service = Service(tagged=True)
    base = faults.serving(service).base_url
    picks = [pick_model(by="speed", base_url=base), _async(by="speed", base_url=base)]
    assert picks[0] == picks[1]
    assert [each.id for each in picks[0]] == ["fast", "slow"]
    asked = ["/models/metrics", "/models"]
    assert service.statuses == [(p, 200) for p in asked] + [(p, 304) for p in asked]
    service.tag = '"2"'
    assert pick_model(by="speed", base_url=base)[0].tokens_per_second == 102
    assert service.statuses[4:] == [(p, 200) for p in asked]


def test_without_a_tag_all_is_asked_again(faults: FaultServer) -> None:
    service = Service(tagged=False)
    base = faults.serving(service).base_url
    speeds = [pick(by="speed", base_url=base)[0].tokens_per_second for pick in (pick_model, _async)]
    assert speeds == [101, 102]
    assert {status for _, status in service.statuses} == {200}


def test_a_tag_of_one_key_is_not_sent_with_another(faults: FaultServer) -> None:
    service = Service(tagged=True)
    base = faults.serving(service).base_url
    for key in ("sk-one-of-some-length", "sk-two-of-some-length", "sk-one-of-some-length"):
        pick_model(by="speed", base_url=base, api_key=key)
    assert [status for _, status in service.statuses] == [200] * 4 + [304] * 2


def test_a_long_list_of_words_says_that_it_is_cut(faults: FaultServer) -> None:
    models = [{"id": f"m{n}", "info": {"developer": f"Maker {n:02}"}} for n in range(40)]
    service = faults.serving(answers(200, {"data": models}))
    with pytest.raises(NotFoundError) as refused:
        pick_model(base_url=service.base_url, developers=["Nobody"])
    assert "developers; there are Maker 00, Maker 01" in str(refused.value)
    assert "Maker 29, ..." in str(refused.value)


def test_a_price_beyond_all_numbers_is_none(faults: FaultServer) -> None:
    units = f'[{{"unit": "token", "measure": "input", "price": 1{"0" * 400}, "per": 1}}]'
    body = f'{{"data": [{{"id": "m", "pricing": {{"units": {units}}}}}]}}'
    service = faults.serving(answers(200, body.encode()))
    (model,) = list_models(base_url=service.base_url)
    assert model.price("input") is None
