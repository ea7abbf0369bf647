"""Decision models: what is sent, what comes out, what it costs, and what fails how."""

from __future__ import annotations

import asyncio
import pickle
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from scripted import KEY, Scripted, refused

from langchain_aimlapi import errors
from langchain_aimlapi.cost import CostCallbackHandler, ModelCost, get_cost_callback

pytest.importorskip("langchain_core.decisions", reason="they came with core 1.8")

from langchain_core.decisions import Box, Choice, Noul, NoulCriteria, Score
from langchain_core.messages import AIMessage, ChatMessage, HumanMessage, ToolMessage

from langchain_aimlapi import AIMLAPIDecisions

if TYPE_CHECKING:
    Json = dict[str, Any]

# The example of the service's page of typesafe/jev.
STATE = "Help! My payments have been failing for 3 days and nobody answers support."
QUESTIONS: Json = {
    "is_urgent": {"type": "noul", "instructions": "Does this convey urgency?"},
    "department": {
        "type": "choice",
        "instructions": "Which team should handle this?",
        "criteria": {
            "billing": "Payments, invoicing, refunds",
            "technical": "Bugs, outages, integrations",
            "sales": "Pricing, upgrades, new accounts",
        },
    },
    "frustration": {
        "type": "score",
        "instructions": "How frustrated is the customer?",
        "criteria": ["Calm", "Frustrated", "Very angry"],
    },
}
ANSWER: Json = {
    "model": "typesafe/jev-1.13-20260917",
    "answers": {
        "is_urgent": {"type": "noul", "noul": 0.96},
        "department": {
            "type": "choice",
            "choice": "billing",
            "confidence": 0.97,
            "probabilities": {"billing": 0.98, "technical": 0.02, "sales": 0},
        },
        "frustration": {
            "type": "score",
            "score": 1.3,
            "confidence": 0.55,
            "legend": {"0": "Calm", "1": "Frustrated", "2": "Very angry"},
            "probabilities": {"0": 0, "1": 0.7, "2": 0.3},
        },
    },
    "usage": {"input_tokens": 403, "output_tokens": 73},
    "meta": {"usage": {"credits_used": 47, "usd_spent": 0.0000235}},
}
YES: Json = {
    "model": "typesafe/jev-1.13-20260917",
    "answers": {"yes": {"type": "noul", "noul": 1}},
    "usage": {"input_tokens": 10, "output_tokens": 5},
    "meta": {"usage": {"credits_used": 1000, "usd_spent": 0.0005}},
}


def model_of(service: Scripted, model: str = "typesafe/jev", **settings: Any) -> AIMLAPIDecisions:
    settings = {"api_key": KEY, "max_retries": 0, **settings}
    return AIMLAPIDecisions(model, **settings, **service.clients)


def asked(state: Any, question: Any = None) -> Any:
    """Return a request of one question that `YES` answers."""
    return {"state": state, "questions": {"yes": question or Noul(instructions="Yes?")}}


def sent(state: Any, question: Any = None, model: str = "typesafe/jev") -> tuple[Any, Any]:
    """Return the state and the question as they are sent."""
    service = Scripted(refused(400))
    with pytest.raises(errors.InvalidRequestError):
        model_of(service, model).invoke(asked(state, question))
    (body,) = service.bodies
    return body["state"], body["questions"]["yes"]


# --- the exchange -------------------------------------------------------------------------------
async def test_the_published_exchange_is_sent_and_read_as_it_is_printed() -> None:
    service = Scripted(httpx.Response(200, json=ANSWER, headers={"x-inference-id": "inf-1"}))
    model = model_of(service)
    typed: Any = {
        "is_urgent": Noul(instructions="Does this convey urgency?"),
        "department": Choice(**QUESTIONS["department"]),
        "frustration": Score(**QUESTIONS["frustration"]),
    }
    as_dicts: Any = {"state": STATE, "questions": QUESTIONS}
    whole = model.invoke({"state": STATE, "questions": typed})
    assert whole == await model.ainvoke(as_dicts)
    assert service.bodies == [{"model": "typesafe/jev", **as_dicts}] * 2
    assert service.requests[0].url.path == "/v1/decisions"
    assert whole.model == "typesafe/jev-1.13-20260917"
    assert whole.nouls["is_urgent"].noul == 0.96
    assert whole.choices["department"].choice == "billing"
    assert whole.choices["department"].probabilities["technical"] == 0.02
    assert whole.scores["frustration"].score == 1.3
    assert whole.scores["frustration"].legend[2] == "Very angry"
    assert whole.usage == {"input_tokens": 403, "output_tokens": 73, "total_tokens": 476}
    assert whole.request_id == "inf-1"
    metadata = whole.response_metadata
    assert metadata["cost"] == {"usd": 0.0000235, "credits": 47}
    assert metadata["inference_id"] == "inf-1"
    assert metadata["model_provider"] == "aimlapi"


# --- what is sent -------------------------------------------------------------------------------
def test_messages_are_sent_as_role_text_and_calls() -> None:
    call = {"name": "delete", "args": {"path": "/"}, "id": "call-1", "type": "tool_call"}
    blocks = [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Sure."}]
    v1 = {"output_version": "v1"}
    messages = [
        HumanMessage("Delete it.", name="ann"),
        AIMessage(blocks, tool_calls=[call], response_metadata=v1),
        ToolMessage("done", tool_call_id="call-1", status="error"),
        ChatMessage("x", role="critic"),
    ]
    assert sent({"messages": messages})[0]["messages"] == [
        {"role": "user", "content": "Delete it.", "name": "ann"},
        {"role": "assistant", "content": "Sure.", "tool_calls": [call]},
        {"role": "tool", "content": "done", "tool_call_id": "call-1", "status": "error"},
        {"role": "critic", "content": "x"},
    ]
    assert sent(HumanMessage("Hi"))[0] == {"role": "user", "content": "Hi"}


def test_criteria_are_sent_as_texts() -> None:
    choice = Choice(instructions="Which?", criteria={"a": None, "b": {"é": [1]}, "c": "C"})
    assert sent("x", choice)[1]["criteria"] == {"a": "a", "b": '{"é": [1]}', "c": "C"}
    score = Score(instructions={"how": None}, criteria=["low", None, 3])
    assert sent("x", score)[1] == {
        "type": "score", "instructions": {"how": None}, "criteria": ["low", "", "3"],
    }  # fmt: skip
    noul = Noul(instructions="Yes?", criteria=NoulCriteria(false="no"))
    assert sent("x", noul)[1]["criteria"] == {"false": "no"}
    assert "criteria" not in sent("x", Noul(instructions="Yes?", criteria=NoulCriteria()))[1]


IMAGE = {"type": "image", "url": "https://example.com/a.png"}


def test_media_are_refused_for_a_model_that_takes_text_only() -> None:
    service = Scripted(YES)
    for state, question in (
        (HumanMessage([IMAGE]), None),
        (HumanMessage([{"type": "image_url", "image_url": {"url": IMAGE["url"]}}]), None),
        ({"deep": [{"inside": IMAGE}]}, None),
        ("x", Noul(instructions=["Is this red?", IMAGE])),
        ("x", Choice(instructions="Which?", criteria={"a": IMAGE})),
    ):
        with pytest.raises(
            errors.ConfigurationError, match=r"typesafe/jev takes text only.*liquid/d1"
        ):
            model_of(service).invoke(asked(state, question))
    assert not service.requests


def test_images_go_to_a_model_that_takes_them() -> None:
    assert sent([HumanMessage([IMAGE])], model="liquid/d1")[0] == [
        {"role": "user", "content": [IMAGE]}
    ]
    # Text that is labelled like a medium is text.
    assert sent({"type": "file", "text": "x"})[0] == {"type": "file", "text": "x"}


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"state": "x", "questions": {}}, "There are no questions"),
        (asked({"at": object()}), "object"),
        (asked("x", Box(instructions="Where?")), "Question yes: .*no Box questions"),
        (asked("x", {"type": "maybe", "instructions": "?"}), "Question yes: .*'noul'"),
        (asked("x", {"type": "score", "instructions": "?", "criteria": ["one"]}),
         r"Question yes\.score\.criteria: .*at least 2"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    request_: Any, says: str
) -> None:
    service = Scripted(YES)
    with pytest.raises(errors.ConfigurationError, match=says):
        model_of(service).invoke(request_)
    with pytest.raises(errors.ConfigurationError, match=says):
        await model_of(service).ainvoke(request_)
    assert not service.requests


# --- what comes out -----------------------------------------------------------------------------
CHOSEN = {"type": "choice", "choice": "z", "confidence": 1, "probabilities": {"z": 1}}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([], "it is no object"),
        (b"{", "cannot be read"),
        ({**YES, "answers": {}}, "no noul for the question 'yes'"),
        ({**YES, "answers": None}, "answers"),
        ({**YES, "answers": {"yes": {"type": "noul", "noul": 2}}}, r"answers\.yes\.noul"),
        ({**YES, "answers": {"yes": CHOSEN}}, "no noul for the question"),
    ],
)
def test_an_answer_that_does_not_answer_is_malformed(answer: Any, says: str) -> None:
    with pytest.raises(errors.MalformedResponseError, match=says):
        model_of(Scripted(answer)).invoke(asked("x"))


def test_an_option_that_was_not_offered_is_malformed() -> None:
    service = Scripted({**YES, "answers": {"yes": CHOSEN}})
    with pytest.raises(
        errors.MalformedResponseError, match="chooses no option of the question 'yes'"
    ):
        model_of(service).invoke(asked("x", Choice(instructions="?", criteria={"a": "A"})))


def test_an_answer_without_usage_is_an_answer() -> None:
    service = Scripted({name: YES[name] for name in ("model", "answers")})
    answer = model_of(service).invoke(asked("x"))
    assert (answer.nouls["yes"].noul, answer.usage) == (1, None)


def test_errors_are_those_of_chats_and_failures_that_may_pass_are_retried() -> None:
    with pytest.raises(errors.NotFoundError) as raised:
        model_of(Scripted(refused(404, f"no {KEY}", x_inference_id="i-1"))).invoke(asked("x"))
    assert KEY not in str(raised.value)
    assert raised.value.inference_id == "i-1"
    with pytest.raises(errors.ServerError):
        model_of(Scripted(refused(500))).invoke(asked("x"))
    service = Scripted(refused(503, retry_after="0"), YES)
    assert model_of(service, max_retries=1).invoke(asked("x")).nouls["yes"].noul == 1


def test_a_model_that_does_not_decide_is_answered_with_those_that_do() -> None:
    service = Scripted(refused(400, "No such model"))
    said = "Decision models are typesafe/jev and liquid/d1"
    with pytest.raises(errors.InvalidRequestError, match=said):
        model_of(service, "openai/gpt-4o").invoke(asked("x"))


# --- cost ---------------------------------------------------------------------------------------
async def test_costs_count_once_in_every_tally() -> None:
    model = model_of(Scripted(YES))
    given = CostCallbackHandler()
    with get_cost_callback() as outer, get_cost_callback() as cost:
        model.invoke(asked("x"), config={"callbacks": [given]})
        await model.ainvoke(asked("x"))
        model.batch([asked("x"), asked("y")])
    one = ModelCost(0.0005, 1000, calls=1, input_tokens=10, output_tokens=5)
    assert given.models == {YES["model"]: one}
    for tally in (cost, outer):
        assert tally.models[YES["model"]].calls == 4
        assert tally.credits == 4000
        assert tally.unreported_calls == 0


async def test_a_spent_budget_stops_further_decisions() -> None:
    service = Scripted(YES)
    model = model_of(service)
    with get_cost_callback(budget_usd=0.0005):
        model.invoke(asked("x"))
        with pytest.raises(errors.BudgetExceededError):
            model.invoke(asked("x"))
        with pytest.raises(errors.BudgetExceededError):
            await model.ainvoke(asked("x"))
    assert len(service.requests) == 1


async def test_calls_whose_cost_is_not_known_are_counted_apart() -> None:
    free = {name: YES[name] for name in ("model", "answers", "usage")}
    with get_cost_callback() as cost:
        model_of(Scripted(free)).invoke(asked("x"))
        with pytest.raises(errors.NotFoundError):  # costs nothing
            model_of(Scripted(refused(404))).invoke(asked("x"))

        async def slow(_: httpx.Request) -> httpx.Response:
            await asyncio.sleep(60)
            raise AssertionError

        client = httpx.AsyncClient(transport=httpx.MockTransport(slow))
        model = AIMLAPIDecisions("typesafe/jev", api_key=KEY, http_async_client=client)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(model.ainvoke(asked("x")), 0.2)
    assert (cost.calls, cost.unreported_calls) == (2, 2)
    assert [call.model for call in cost.unreported] == [YES["model"], "typesafe/jev"]


# --- the model as an object ---------------------------------------------------------------------
def test_the_key_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    model = AIMLAPIDecisions("typesafe/jev", api_key=KEY, default_headers={"x-s": "hush-hush-1"})
    shown = f"{model!r} {model} {model.model_dump()} {model.model_dump_json()} {model.to_json()}"
    assert KEY not in shown
    assert "hush-hush-1" not in shown
    monkeypatch.delenv("AIMLAPI_API_KEY", raising=False)
    with pytest.raises(errors.MissingAPIKeyError, match="AIMLAPI_API_KEY"):
        AIMLAPIDecisions("typesafe/jev")
    with pytest.raises(
        errors.ConfigurationError, match=r"temprature.*no parameter of AIMLAPIDecisions"
    ):
        AIMLAPIDecisions("typesafe/jev", api_key=KEY, temprature=0)


async def test_a_model_is_copied_pickled_bound_and_closed(settings: Json) -> None:
    model = AIMLAPIDecisions("typesafe/jev", **settings)
    answer = model.invoke(asked("x"))
    for other in (deepcopy(model), pickle.loads(pickle.dumps(model))):  # noqa: S301  # our own
        assert other == model
        assert other.invoke(asked("x")) == answer
    assert model.with_retry().invoke(asked("x")) == answer
    model.close()
    assert model.invoke(asked("x")) == answer
    await model.aclose()
