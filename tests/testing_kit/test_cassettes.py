"""Recorded answers: how they are written, what stays out of them, and when they are played."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import httpx2
import pytest
import vcr
from private import recording
from vcr.errors import CannotOverwriteExistingCassetteException

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI, account
from langchain_aimlapi.testing import replay

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "cassettes" / "published"
CASSETTES = [*ROOT.glob("cassettes/**/*.yaml"), *ROOT.glob("examples/**/cassettes/**/*.yaml")]
KEY = "7c1f0b9ad2e84e5fb36ac7d1" + "0e92f5aa"  # the form of the service's keys
URL = "https://api.aimlapi.com/v1/chat/completions"
CLAUDE = "anthropic/claude-sonnet-4"
QUESTION = "Hi! What do you think about mankind?"
ANSWER = {"id": "1", "choices": [{"message": {"content": "Hello!"}, "finish_reason": "stop"}]}
EVENTS = (
    'data: {"id": "1", "choices": [{"delta": {"content": "Hel"}}]}\n\n'
    'data: {"id": "1", "choices": [{"delta": {"content": "lo!"}, "finish_reason": "stop"}]}\n\n'
    "data: [DONE]\n\n"
)


def client_for(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(answer))


def hello(request: httpx.Request) -> httpx.Response:
    if b'"stream":true' in request.content:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, text=EVENTS)
    return httpx.Response(200, json=ANSWER)


def never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was asked")


def asking(answer: Any, **settings: Any) -> ChatAIMLAPI:
    settings = {"api_key": KEY, "max_retries": 0, **settings}
    return ChatAIMLAPI(model="openai/gpt-4o", http_client=client_for(answer), **settings)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# --- how they are written ---


def test_a_cassette_reads_like_the_exchange(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with recording(path):
        asking(hello).invoke("Hi")
        list(asking(hello).stream("Hi"))
    assert text_of(path).startswith("""version: 1
interactions:
- request:
    method: POST
    uri: https://api.aimlapi.com/v1/chat/completions
    body: |-
      {
        "model": "openai/gpt-4o",
        "messages": [
          {
            "role": "user",
            "content": "Hi"
          }
        ]
      }
    headers:
""")
    assert """
      string: |+
        data: {"id": "1", "choices": [{"delta": {"content": "Hel"}}]}

        data: {"id": "1", "choices": [{"delta": {"content": "lo!"}, "finish_reason": "stop"}]}

        data: [DONE]

""" in text_of(path)


BODIES = [
    *(b"", b"null", b"1:1", b"\xff\x00\xfe", b'{"a": "\\ud800", "b": 1.5}'),
    '["Grüße\u2028\x85\t\ufeff 🐝"]'.encode(),
    "line \n\x85 other\u2028 \ufeff\t🐝\n\n".encode(),
    b"data: {}\r\n\r\ndata: [DONE]\r\n\r\n",
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_of_any_kind_comes_back(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "a.yaml"
    client = client_for(lambda _: httpx.Response(200, content=body))
    with recording(path):
        client.post(URL, content=body)
    with replay(path):
        played = client.post(URL, content=body).content
    assert played == body or json.loads(played) == json.loads(body)


def test_vcrpy_alone_plays_a_cassette() -> None:
    body = {"model": CLAUDE, "messages": [{"role": "user", "content": "Hello"}]}
    with vcr.use_cassette(str(PUBLISHED / "answer.yaml"), record_mode="none"):
        answer = httpx.post(URL, json=body)
    assert answer.json()["id"] == "msg_011MNbgezv2p5BBE9RvnsZV9"


def test_cassettes_of_this_project_are_as_the_kit_writes_them(tmp_path: Path) -> None:
    copy = tmp_path / "copy.yaml"
    for path in sorted(CASSETTES)[::12]:  # writing takes time
        with replay(path) as cassette, recording(copy) as again:
            for request, response in zip(cassette.requests, cassette.responses, strict=True):
                again.append(request, response)
        source, version, rest = text_of(path).partition("version: 1\n")
        assert text_of(copy) == version + rest, path
        assert not source or source.startswith("source: published by the service"), path
    assert len(CASSETTES) > 200


# --- what stays out of them ---


def telling(request: httpx.Request) -> httpx.Response:
    """Answer with the key, in many ways."""
    headers = {
        "set-cookie": "session=c0ffee-1234",
        "x-aimlapi-account-id": "acc-4711",
        "x-inference-id": f"inf-{KEY}",
        "x-debug": KEY,
        "content-type": "application/json",
    }
    if b"zipped" in request.content:
        zipped = gzip.compress(json.dumps({"key": KEY}).encode())
        return httpx.Response(200, headers={**headers, "content-encoding": "gzip"}, content=zipped)
    if b"binary" in request.content:
        return httpx.Response(502, headers=headers, content=b"\xff" + KEY.encode())
    basic = base64.b64encode(f"user:{KEY}".encode()).decode()
    return httpx.Response(401, headers=headers, json={"message": f"Not {KEY}, {basic}."})


@pytest.mark.parametrize("in_environment", [KEY, ""])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"filter_headers": [], "decode_compressed_response": False},
        {"filter_headers": ["authorization"], "before_record_request": lambda request: request},
        {"serializer": "json"},
        {"match_on": ["method"], "before_record_response": lambda response: response},
    ],
)
def test_no_setting_of_a_project_lets_a_key_onto_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], in_environment: str
) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", in_environment)
    headers = {"Authorization": f"Bearer {KEY}", "Cookie": "session=c0ffee-1234", "X-Own": KEY}
    kinds = ["zipped", "error"] + ["binary"] * (settings.get("serializer") != "json")
    with recording(tmp_path / "a.yaml", **settings), client_for(telling) as client:
        for kind in kinds:
            told = client.post(f"{URL}?key={KEY}", headers=headers, json={"say": [kind, KEY]})
            assert KEY in told.text
    written = text_of(tmp_path / "a.yaml")
    for secret in (KEY, base64.b64encode(KEY.encode())[4:-4].decode(), "c0ffee-1234", "acc-4711"):
        assert secret not in written
    assert "inf-SCRUBBED" in written


def test_only_headers_on_a_list_are_written(tmp_path: Path) -> None:
    with recording(tmp_path / "a.yaml"):
        client = client_for(telling)
        client.post(URL, headers={"X-Client-Request-Id": "mine", "X-Own": "x"}, json={})
    written = text_of(tmp_path / "a.yaml").lower()
    for name in ("x-client-request-id: ", "x-client-request-id:\n", "x-inference-id:"):
        assert (name in written) is (not name.endswith(" ")), name
    for name in ("x-own", "x-debug", "cookie", "user-agent", "account"):
        assert name not in written


# --- when they are played ---


@pytest.mark.parametrize("base", [None, "http://localhost:99/v1", "https://gate.example/ai"])
def test_a_cassette_plays_against_whatever_base_url(tmp_path: Path, base: str | None) -> None:
    def any_service(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/embeddings"):
            return httpx.Response(200, json={"data": [{"index": 0, "embedding": [0.5]}]})
        if request.url.path.endswith("/v2/billing"):
            return httpx.Response(200, json={"current_balance": 5})
        return hello(request)

    def ask_all(base_url: str, answer: Any) -> list[Any]:
        client = client_for(answer)
        common: dict[str, Any] = {"base_url": base_url, "api_key": KEY, "http_client": client}
        embeddings = AIMLAPIEmbeddings(model="text-embedding-3-small", **common)
        model = ChatAIMLAPI(model="openai/gpt-4o", **common)
        vector = embeddings.embed_query("Hi")
        return [model.invoke("Hi").text, vector, account.balance(**common).usd]

    path = tmp_path / "a.yaml"
    with recording(path):
        recorded = ask_all("https://recorded.example/proxy/v1", any_service)
    assert "recorded.example" not in text_of(path)
    assert f"uri: {URL}\n" in text_of(path)
    with replay(path):
        assert ask_all(base or "https://api.aimlapi.com/v1", never) == recorded


def differs(recorded: Any, sent: Any, tmp_path: Path) -> str:
    client = client_for(hello)
    with recording(tmp_path / "a.yaml"):
        client.post(URL, json=recorded)
    with (
        replay(tmp_path / "a.yaml"),
        pytest.raises(CannotOverwriteExistingCassetteException) as caught,
    ):
        client.post(URL, json=sent)
    return str(caught.value)


@pytest.mark.parametrize(
    ("recorded", "sent", "line"),
    [
        ({"messages": [{"content": "x"}]}, {"messages": [{"content": "y"}]},
         "messages[0].content: 'x' in the cassette, 'y' sent"),
        ({"a": 1}, {}, "a: 1 in the cassette, not sent"),
        ({}, {"tools": [{"name": "a"}]}, "tools[0].name: not in the cassette, 'a' sent"),
        ({"a": [1]}, {"a": [1, 2]}, "a[1]: not in the cassette, 2 sent"),
        ({"a": True}, {"a": 1}, "a: true in the cassette, 1 sent"),
        ({"a": "so " * 90 + "old"}, {"a": "so " * 90 + "new"},
         f"a: ...o{' so' * 22} old' in the cassette, ...o{' so' * 22} new' sent"),
        ("old", "new", "body: 'old' in the cassette, 'new' sent"),
    ],
)  # fmt: skip
def test_a_mismatch_names_the_field(recorded: Any, sent: Any, line: str, tmp_path: Path) -> None:
    assert line in differs(recorded, sent, tmp_path)


def test_ids_that_langchain_makes_up_anew_match_if_they_link_the_same(tmp_path: Path) -> None:
    def body(call: int, result: int) -> dict[str, str]:
        return {"call": str(UUID(int=call)), "result_of": str(UUID(int=result))}

    with recording(tmp_path / "a.yaml"):
        client_for(hello).post(URL, json=body(1, 1))
    with replay(tmp_path / "a.yaml", repeat=True):
        assert client_for(never).post(URL, json=body(7, 7)).status_code == 200
        with pytest.raises(CannotOverwriteExistingCassetteException):
            client_for(never).post(URL, json=body(7, 8))


# --- replay() ---


@pytest.mark.parametrize("package", [httpx, httpx2])
async def test_clients_of_the_user_are_recorded_and_answered(package: Any, tmp_path: Path) -> None:
    def service(request: Any) -> Any:
        if b'"stream":true' in request.content:
            headers = {"content-type": "text/event-stream"}
            return package.Response(200, headers=headers, text=EVENTS)
        return package.Response(200, json=ANSWER)

    async def answers_of(transport: Any) -> list[str]:
        async with package.AsyncClient(transport=transport) as asynchronous:
            with package.Client(transport=transport) as client:
                clients = {"http_client": client, "http_async_client": asynchronous}
                model = ChatAIMLAPI(model=CLAUDE, api_key=KEY, request_schema="openai", **clients)
                chunks = [chunk.text async for chunk in model.astream("Hi")]
                streamed = [chunk.text for chunk in model.stream("Hi")]
                assert streamed == chunks
                return [*chunks, model.invoke("Hi").text, (await model.ainvoke("Hi")).text]

    path = tmp_path / "a.yaml"
    with recording(path):
        recorded = await answers_of(package.MockTransport(service))
    assert [text for text in recorded if text] == ["Hel", "lo!", "Hello!", "Hello!"]
    assert KEY not in text_of(path)
    with replay(path):
        assert await answers_of(None) == recorded  # of its own, which reaches nobody here


def test_an_answer_is_played_once_and_nothing_else_is_sent() -> None:
    refused = pytest.raises(CannotOverwriteExistingCassetteException)
    with replay(PUBLISHED / "answer.yaml"):
        model = ChatAIMLAPI(model=CLAUDE)
        model.invoke("Hello")
        with refused as again:
            model.invoke("Hello")
        assert re.search("already been (consumed|played)", str(again.value))  # vcrpy 8, vcrpy 9
        with refused:
            model.invoke("Goodbye")
        with refused:
            httpx.get("https://example.com/")


@pytest.mark.parametrize("given", [None, "sk-of-mine"])
def test_a_model_has_a_key_while_the_block_lasts(
    monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    if given:
        monkeypatch.setenv("AIMLAPI_API_KEY", given)
    with replay(PUBLISHED / "answer.yaml"):
        assert os.environ["AIMLAPI_API_KEY"] == given or "replay"
    assert os.environ.get("AIMLAPI_API_KEY") == given


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.yaml"), replay("nothing.yaml"):
        pass
