"""Keys, headers, the catalogue, batches, and that the same request gives the same bytes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from emulator import serve
from emulator_helpers import CLAUDE, GEMINI, GPT, MAGIC, REASONER, body, tools_of, user

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from emulator import Emulator
    from emulator_helpers import Http

ENVELOPE = {"requestId", "statusCode", "timestamp", "path", "message"}


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer sk-emulator", 200),
        ("Bearer sk-emulator-of-mine", 200),
        ("bearer test", 200),
        ("Bearer wrong", 401),
        ("sk-emulator", 401),
        ("", 401),
    ],
)
def test_keys(http: Http, authorization: str, status: int) -> None:
    response = http.post(body(GPT), headers={"authorization": authorization})
    assert response.status_code == status
    if status == 401:
        assert set(response.json()) == ENVELOPE
        assert "wrong" not in response.text


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer sk-emulator-no-credits"},
        {"x-emulator-scenario": "no-credits"},
    ],
    ids=["by key", "by header"],
)
def test_no_credits(http: Http, headers: dict[str, str]) -> None:
    response = http.post(body(GPT), headers=headers)
    answer = response.json()
    assert response.status_code == 403
    assert set(answer) == {"title", "status", "message", "instance", "timestamp", "error"}
    assert answer["error"]["data"] == {"kind": "err_insufficent_credits"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"authorization": "Bearer sk-emulator-rate-limited"}, "1"),
        ({"authorization": "Bearer sk-emulator-rate-limited-90"}, "90"),
        ({"x-emulator-scenario": "rate-limited-7"}, "7"),
    ],
)
def test_rate_limit(http: Http, headers: dict[str, str], seconds: str) -> None:
    response = http.post(body(GPT, stream=True), headers=headers)
    assert (response.status_code, response.headers["retry-after"]) == (429, seconds)
    assert response.json()["statusCode"] == 429


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/chat/completion", "Cannot POST /v1/chat/completion"),
        ("GET", "/chat/completions", "Cannot GET /v1/chat/completions"),
        ("GET", "/", "Cannot GET /v1/"),
    ],
)
def test_what_does_not_exist(http: Http, method: str, path: str, expected: str) -> None:
    response = http.client.request(method, path)
    assert (response.status_code, response.json()["message"]) == (404, expected)


def test_a_retired_model(http: Http) -> None:
    response = http.post(body("gpt-4.5-preview"))
    assert response.status_code == 404
    assert "'gpt-4.5-preview' has been retired" in response.json()["message"]


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [
        ("req-1", "req-1"),
        ("a" * 128, "a" * 128),
        ("A.b_c:d-9", "A.b_c:d-9"),
        ("a" * 129, None),
        ("with space", None),
        ("", None),
    ],
)
def test_request_ids_are_echoed_or_dropped(http: Http, sent: str, echoed: str | None) -> None:
    response = http.post(body(GPT), headers={"x-client-request-id": sent})
    assert response.status_code == 200
    assert response.headers.get("x-client-request-id") == echoed


@pytest.mark.parametrize(
    "sent",
    [body(GPT), body(GPT, stream=True), body("nothing"), {}],
    ids=["json", "sse", "400", "{}"],
)
def test_an_inference_id_comes_always(http: Http, sent: dict[str, Any]) -> None:
    assert len(http.post(sent).headers["x-inference-id"]) == 36


@pytest.mark.parametrize("model", [CLAUDE, GPT, REASONER])
def test_cost_stands_in_headers_and_body(http: Http, model: str) -> None:
    response = http.post(body(model))
    spent = response.json()["meta"]["usage"]
    assert response.headers["x-aimlapi-credits-used"] == str(spent["credits_used"])
    assert float(response.headers["x-aimlapi-usd-spent"]) == spent["usd_spent"]
    assert spent["credits_used"] == spent["usd_spent"] * 2_000_000
    streamed = http.post(body(model, stream=True))
    assert "x-aimlapi-credits-used" not in streamed.headers


STABLE = {
    "claude": body(CLAUDE),
    "claude stream": body(CLAUDE, stream=True),
    "gpt tools": body(GPT, "Use magic_function(3)", tools=tools_of(GPT, MAGIC), stream=True),
    "gemini": body(GEMINI),
    "refused": body(CLAUDE, stop=["a"]),
    "unknown": body("nothing"),
}


@pytest.mark.parametrize("sent", STABLE.values(), ids=STABLE)
def test_the_same_request_gives_the_same_bytes(http: Http, sent: dict[str, Any]) -> None:
    first = http.post(sent)
    turned = dict(reversed(sent.items()))  # the order of keys means nothing
    with serve() as other:  # nor does the server, or its past
        url = f"{other.base_url}/chat/completions"
        headers = {"authorization": "Bearer sk-emulator"}
        second = httpx.post(url, json=turned, headers=headers, trust_env=False)
    assert second.content == first.content
    assert second.headers.raw == first.headers.raw
    assert "date" not in first.headers


def test_different_requests_have_different_ids(http: Http) -> None:
    answers = [http.json(body(CLAUDE, prompt)) for prompt in ("Hello", "Hi")]
    assert len({answer["id"] for answer in answers}) == 2


def test_the_catalogue_needs_no_key(emulator: Emulator) -> None:
    answer = httpx.get(f"{emulator.base_url}/models", trust_env=False).json()
    assert answer["object"] == "list"
    item = answer["data"][0]
    assert set(item) == {"id", "aliases", "type", "info", "tags"}
    assert (item["id"], item["type"]) == ("anthropic/claude-sonnet-4", "openai/chat-completions")
    assert item["aliases"] == ["claude-sonnet-4", "claude-sonnet-4-20250514"]


FILTERS = [
    ("id=gpt-4o", {"openai/gpt-4o"}),
    ("id=gpt-4o-mini,claude-sonnet-4", {"gpt-4o-mini", "anthropic/claude-sonnet-4"}),
    ("id=nothing", set()),
    ("type=image", set()),
    ("tags=budget", {"gpt-4o-mini"}),
    ("input_modalities=video", {"google/gemini-3-5-flash"}),
    ("output_modalities=audio", {"gpt-4o-audio-preview"}),
    ("capabilities=web-search", {"perplexity/sonar"}),
    ("capabilities=vision,reasoning&id=openai/o3-2025-04-16", {"openai/o3-2025-04-16"}),
]


@pytest.mark.parametrize(("query", "ids"), FILTERS)
def test_filters_of_the_catalogue(http: Http, query: str, ids: set[str]) -> None:
    assert {item["id"] for item in http.get(f"/models?{query}").json()["data"]} == ids


@pytest.mark.parametrize(
    ("include", "extra"),
    [
        ("pricing", {"pricing"}),
        ("modalities,capabilities", {"modalities", "capabilities"}),
        ("all", {"pricing", "modalities", "capabilities"}),
    ],
)
def test_the_catalogue_includes_what_is_asked_for(
    http: Http, include: str, extra: set[str]
) -> None:
    (item,) = http.get(f"/models?id=gpt-4o&include={include}").json()["data"]
    assert set(item) - {"id", "aliases", "type", "info", "tags"} == extra
    if "pricing" in extra:
        assert item["pricing"]["units"][1] == {
            "name": "token",
            "measure": "output",
            "price": 13.0,
            "per": 1_000_000,
        }


def test_an_unknown_include_is_refused(http: Http) -> None:
    response = http.get("/models?include=secrets")
    assert (response.status_code, "received 'secrets'" in response.text) == (400, True)


def test_the_catalogue_has_an_etag(http: Http) -> None:
    tag = http.get("/models").headers["etag"]
    for known, status in ((tag, 304), (f'"x", W/{tag}', 304), ("*", 304), ('"x"', 200)):
        response = http.get("/models", headers={"if-none-match": known})
        assert (response.status_code, response.headers["etag"]) == (status, tag)
        assert bool(response.content) is (status == 200)
    assert http.get("/models?include=all").headers["etag"] != tag


def batch_of(*prompts: str) -> dict[str, Any]:
    requests = [
        {"custom_id": f"row-{n}", "params": body("claude-sonnet-4", prompt, max_tokens=1024)}
        for n, prompt in enumerate(prompts)
    ]
    return {"requests": requests}


def test_a_batch_runs_for_some_polls_then_gives_lines(http: Http) -> None:
    sent = batch_of("Hello", "What is 1 + 2")
    sent["requests"].append({"custom_id": "bad", "params": body(CLAUDE, stop=["a"])})
    created = http.post(sent, "/batches")
    assert created.status_code == 201
    batch = created.json()
    assert batch["processing_status"] == "in_progress"
    assert batch["request_counts"] == {
        "processing": 3,
        "succeeded": 0,
        "errored": 0,
        "canceled": 0,
        "expired": 0,
    }
    path = f"/batches?batch_id={batch['id']}"
    assert [http.get(path).json() for _ in range(2)] == [batch, batch]
    ended = http.get(path)
    assert ended.headers["content-type"] == "application/x-jsonl"
    results = {row["custom_id"]: row["result"] for row in map(json.loads, ended.text.splitlines())}
    assert list(results) == ["bad", "row-1", "row-0"]  # the order of results means nothing
    message = results["row-1"]["message"]
    assert message["content"] == [{"type": "text", "text": "1 + 2 = 3."}]
    assert (message["type"], message["stop_reason"]) == ("message", "end_turn")
    assert message["usage"]["service_tier"] == "batch"
    assert results["bad"]["type"] == "errored"
    assert "'stop'" in results["bad"]["error"]["error"]["message"]
    cancelled = http.post({}, f"/batches/cancel/{batch['id']}")
    assert cancelled.status_code == 400
    assert "already finished processing" in cancelled.json()["message"]


def test_a_batch_can_be_cancelled(http: Http) -> None:
    name = http.post(batch_of("Hello", "Hi"), "/batches").json()["id"]
    cancelled = http.post({}, f"/batches/cancel/{name}").json()
    assert cancelled["processing_status"] == "canceling"
    assert cancelled["cancel_initiated_at"]
    http.get(f"/batches?batch_id={name}")
    lines = http.get(f"/batches?batch_id={name}").text.splitlines()
    assert {json.loads(line)["result"]["type"] for line in lines} == {"canceled"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"requests": []}, "requests: Array must contain at least 1 element(s), received 0"),
        ({}, "requests: Expected array, received undefined"),
        (
            {"requests": [{"params": {}}]},
            "requests.0.custom_id: Expected string, received undefined",
        ),
        (
            {"requests": [{"custom_id": "a", "params": {}}] * 2},
            "requests: Expected unique custom_id, received doubles",
        ),
    ],
)
def test_a_batch_that_is_refused(http: Http, sent: dict[str, Any], expected: str) -> None:
    response = http.post(sent, "/batches")
    assert (response.status_code, expected in response.json()["message"]) == (400, True)


def test_a_batch_takes_claude_models_only(http: Http) -> None:
    sent = {"requests": [{"custom_id": "a", "params": body(GPT)}]}
    with serve(batch_polls=0) as quick:
        url = f"{quick.base_url}/batches"
        headers = {"authorization": "Bearer test"}
        name = httpx.post(url, json=sent, headers=headers, trust_env=False).json()["id"]
        line = httpx.get(f"{url}?batch_id={name}", headers=headers, trust_env=False).json()
    assert "is no Claude model" in line["result"]["error"]["error"]["message"]
    assert http.get("/batches?batch_id=nothing").status_code == 404
    assert http.get("/batches").status_code == 400


def test_what_was_received_is_kept() -> None:
    with serve() as own:
        headers = {"authorization": "Bearer test", "x-client-request-id": "r1"}
        httpx.post(
            f"{own.base_url}/chat/completions", json=body(GPT), headers=headers, trust_env=False
        )
        (received,) = own.requests
    assert (received.method, received.path) == ("POST", "/v1/chat/completions")
    assert received.body == {"model": GPT, "messages": [user("Hello")]}
    assert received.headers["x-client-request-id"] == "r1"


def test_chunks_come_one_by_one() -> None:
    with serve(chunk_delay=0.02) as slow:
        client = httpx.Client(headers={"authorization": "Bearer test"}, trust_env=False)
        url = f"{slow.base_url}/chat/completions"
        with client, client.stream("POST", url, json=body(GPT, stream=True)) as response:
            times = [time.monotonic() for line in response.iter_lines() if line]
    assert times[-1] - times[0] > 0.1


def test_calls_that_their_sender_tells_apart_have_ids_of_their_own() -> None:
    with serve() as emulator:
        model = ChatAIMLAPI(
            model="openai/gpt-4o", api_key="sk-emulator", base_url=emulator.base_url
        )
        found = [
            model.invoke("Hi!", client_request_id=sent).response_metadata["inference_id"]
            for sent in (None, None, "one", "two")
        ]
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.emulator", "--help"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603  # our own module
    assert "--port" in done.stdout
