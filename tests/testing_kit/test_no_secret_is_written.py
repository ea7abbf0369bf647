"""A key that looks real goes to a real server in every way it can, and into no cassette."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from doors.cassettes import cassette_from
from loopback import QUICK, Answer

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import record

if TYPE_CHECKING:
    from pathlib import Path

    from loopback import LoopbackServer

KEY = "7c1f0b9ad2e84e5fb36ac7d1" + "0e92f5aa"  # the form of the service's keys
ACCOUNT = ("owner@example.com", "acc-4711-0815", "session-c0ffee-1234")
URL = "https://api.aimlapi.com/v1/chat/completions"

PROJECT = """
import os, httpx, pytest

KEY = os.environ["AIMLAPI_API_KEY"]
HEADERS = {"Authorization": f"Bearer {KEY}", "X-Client-Request-Id": "my-request"}

def send(client, **changes):
    return client.post(
        "%s", headers=HEADERS, json={"messages": [{"content": "Hi"}], **changes}
    )

%s
@pytest.mark.vcr
@pytest.mark.aimlapi_expect_status(401, 502)
def test_answers():
    with httpx.Client(cookies={"session": "session-c0ffee-1234"}) as client:
        assert send(client).status_code == 200
        client.post(f"%s?api_key={KEY}&page=2", headers=HEADERS, json={})
        client.get(f"https://api.aimlapi.com/v1/{KEY}/models")
        assert KEY in send(client, user=f"my key is {KEY}").text
        assert send(client, stream=True).status_code == 200
        assert send(client, zipped=True).status_code == 200
        assert send(client, broken=True).status_code == 401
        assert send(client, binary=True).status_code == 502

@pytest.mark.vcr
async def test_answers_async():
    async with httpx.AsyncClient() as client:
        body = {"messages": [{"content": KEY}]}
        assert (await client.post("%s", headers=HEADERS, json=body)).status_code == 200
"""

COPIED_CONFIG = """
from langchain_tests.conftest import base_vcr_config

@pytest.fixture(scope="session")
def vcr_config():
    return base_vcr_config() | {
        "filter_headers": [], "cassette_library_dir": "cassettes/test_project",
    }
"""


def answers() -> list[Answer]:
    plain = {
        "Content-Type": "application/json",
        "Set-Cookie": f"session={ACCOUNT[2]}; HttpOnly",
        "X-Inference-Id": f"inf-{KEY}",
        "X-AIMLAPI-Account-Id": ACCOUNT[1],
        "X-AIMLAPI-Credits-Used": "12",
        "X-Debug": KEY,
    }
    echo = json.dumps({"choices": [{"message": {"content": f"You said {KEY}"}}]}).encode()
    error = {
        "message": f"Incorrect API key provided: {KEY} (or {KEY[:4]}****{KEY[-4:]})",
        "meta": {"email": ACCOUNT[0], "userId": ACCOUNT[1], "cookie": ACCOUNT[2]},
        "path": f"/v1/chat/completions?key={KEY}",
    }
    stream = f'data: {{"choices":[{{"delta":{{"content":"{KEY}"}}}}]}}\n\ndata: [DONE]\n\n'
    zipped = {**plain, "Content-Encoding": "gzip"}
    return [
        Answer(b'{"choices": []}', headers=plain),
        Answer(json.dumps({"token": KEY}).encode(), headers=plain),
        Answer(f"plain text with {KEY} and {ACCOUNT[2]}".encode(), headers={}),
        Answer(echo, headers=plain),
        Answer(stream.encode(), headers={"Content-Type": "text/event-stream"}),
        Answer(gzip.compress(echo, mtime=0), headers=zipped),
        Answer(json.dumps(error).encode(), status=401, headers=plain),
        Answer(b"\xff\xfe" + KEY.encode(), status=502, headers={"Content-Type": "text/html"}),
        Answer(echo, headers=plain),
    ]


@pytest.fixture(params=["", COPIED_CONFIG], ids=["our config", "a config that filters nothing"])
def recorded(
    request: pytest.FixtureRequest,
    server: LoopbackServer,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Record a project and return the folder of its cassettes."""
    monkeypatch.setenv("AIMLAPI_API_KEY", KEY)
    monkeypatch.setenv("AIMLAPI_RECORD_FROM", server.base_url)
    server.answers = answers()
    pytester.makeconftest('pytest_plugins = ["langchain_aimlapi.testing"]')
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    pytester.makepyfile(test_project=PROJECT % (URL, request.param, URL, URL))
    arguments = () if request.param else ("--record-mode=rewrite",)
    if request.param:
        # pytest-recording lets a record mode of the configuration win; ask for it here as well.
        arguments = ("--record-mode=once",)
    result = pytester.runpytest_inprocess(*QUICK, *arguments)
    result.assert_outcomes(passed=2)
    assert len(server.received) == len(answers())
    return pytester.path / "cassettes"


def test_neither_key_nor_account_is_anywhere_under_the_cassettes(
    recorded: Path, server: LoopbackServer
) -> None:
    sent = b"".join(r.path.encode() + repr(r.headers).encode() + r.body for r in server.received)
    assert KEY.encode() in sent  # the server did get it
    files = sorted(path for path in recorded.rglob("*") if path.is_file())
    assert [path.name for path in files] == ["test_answers.yaml", "test_answers_async.yaml"]
    for path in files:
        written = path.read_bytes() + str(path).encode()
        for secret in (KEY, KEY[:4] + "*", KEY[-12:], *ACCOUNT):
            assert secret.encode() not in written, path
        for interaction in cassette_from(path.read_text(encoding="utf-8"))["interactions"]:
            assert KEY not in repr(interaction)


def test_what_is_no_secret_is_kept(recorded: Path) -> None:
    text = (recorded / "test_project/test_answers.yaml").read_text(encoding="utf-8")
    for kept in (
        "x-client-request-id: my-request",
        "x-aimlapi-credits-used: '12'",
        "x-inference-id: inf-SCRUBBED",
        f"uri: {URL}?api_key=SCRUBBED&page=2",
        "uri: https://api.aimlapi.com/v1/SCRUBBED/models",
        'data: {"choices":[{"delta":{"content":"SCRUBBED"}}]}',
        "data: [DONE]",
        '"content": "You said SCRUBBED"',
        '"message": "Incorrect API key provided: SCRUBBED (or SCRUBBED)"',
    ):
        assert kept in text, kept


def test_a_scrubbed_recording_can_be_replayed(
    recorded: Path, pytester: pytest.Pytester, server: LoopbackServer
) -> None:
    module = pytester.path / "test_project.py"
    source = module.read_text(encoding="utf-8")
    module.write_text(source.replace("assert KEY in", "assert 'SCRUBBED' in"), encoding="utf-8")
    before = len(server.received)
    result = pytester.runpytest_inprocess(*QUICK)
    result.assert_outcomes(passed=2)
    assert len(server.received) == before


@pytest.mark.parametrize(
    "header", ["X-Gateway-Key", "X-Company-Token", "x_secret", "apikey", "X-ApiKey", "X-AuthToken"]
)
def test_what_a_gateway_is_asked_with_is_not_written_either(
    service: LoopbackServer, tmp_path: Path, header: str
) -> None:
    secret = "gateway-0123456789-abcdef"
    service.answers = [Answer(json.dumps({"choices": [{"message": {"content": secret}}]}).encode())]
    path = tmp_path / "a.yaml"
    with record(path):
        answer = ChatAIMLAPI(model="openai/gpt-4o", default_headers={header: secret}).invoke("Hi")
        assert answer.text == secret
    written = path.read_text(encoding="utf-8")
    assert "SCRUBBED" in written
    assert secret not in written
