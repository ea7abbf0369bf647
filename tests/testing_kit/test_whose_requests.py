"""Requests to the service are recorded, whatever base URL they go to; others are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from loopback import Answer, serve
from projects import ANSWER, GOOD, PUBLIC

from langchain_aimlapi import ChatAIMLAPI, catalogue
from langchain_aimlapi.testing import NetworkRefusedError, record, replay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loopback import LoopbackServer
    from projects import Project


@pytest.fixture
def other() -> Iterator[LoopbackServer]:
    """A server of the project's own."""
    with serve() as loopback:
        yield loopback


def ask(question: str = "Hi", **settings: object) -> str:
    settings = {"api_key": "a-key-of-some-length", "max_retries": 0, **settings}
    return ChatAIMLAPI(model="openai/gpt-4o", **settings).invoke(question).text


def test_a_cassette_of_one_base_url_replays_with_any_other(
    tmp_path: Path, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.yaml"
    server.answers = [Answer(ANSWER)]
    with record(path):
        ask(base_url=f"{server.base_url}/gateway/")
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"source: recorded from {server.base_url}/gateway on 20")
    assert f"uri: {PUBLIC}\n" in text
    for settings in ({}, {"base_url": "https://llm.example.com/aiml/v1"}):
        with replay(path):
            assert ask(**settings) == "Hello!"
    monkeypatch.setenv("AIMLAPI_API_BASE", "http://127.0.0.1:9/v1")
    with replay(path):
        assert ask() == "Hello!"
    assert len(server.received) == 1


def test_the_source_line_names_all_places_and_no_password(
    tmp_path: Path, server: LoopbackServer, other: LoopbackServer
) -> None:
    path = tmp_path / "a.yaml"
    for place in (server, other):
        place.answers = [Answer(ANSWER)]
    with record(path):
        ask(base_url=server.base_url)
        ask("Hello", base_url=other.base_url)
    (line, *_) = path.read_text(encoding="utf-8").splitlines()
    both = " and ".join(sorted([server.base_url, other.base_url]))
    assert line.startswith(f"source: recorded from {both} on 20")


def test_a_cassette_that_names_its_base_url_itself_still_replays(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    old = "http://127.0.0.1:8787/v1"
    path.write_text(GOOD.replace("https://api.aimlapi.com/v1", old), encoding="utf-8")
    with replay(path):
        assert ask(base_url=old) == "Good!"


def test_the_catalogue_is_recorded_below_the_base_url(
    tmp_path: Path, server: LoopbackServer
) -> None:
    path = tmp_path / "a.yaml"
    server.answers = [Answer(b'{"data": []}')]
    with record(path):
        catalogue.list_models(base_url=server.base_url)
    with replay(path):
        assert list(catalogue.list_models()) == []


def test_other_requests_to_this_machine_pass_and_are_not_recorded(
    project: Project,
    service: LoopbackServer,
    other: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTHER", other.base_url)
    service.answers = [Answer(ANSWER)]
    project.tests("""
import asyncio
import urllib.request

@pytest.mark.vcr
async def test_it():
    assert httpx.get(os.environ["OTHER"]).json() == {"answer": 42}
    async with httpx.AsyncClient() as client:
        assert (await client.get(os.environ["OTHER"])).json() == {"answer": 42}
    await asyncio.to_thread(urllib.request.urlopen, os.environ["OTHER"])
    assert ask() == "Hello!"
""")
    for mode in (("--record-mode=rewrite",), ()):
        project.run(*mode).assert_outcomes(passed=1)
    assert len(other.received) == 6
    assert len(service.received) == len(project.bodies()) == 1


@pytest.mark.parametrize("mode", [(), ("--record-mode=rewrite",)])
@pytest.mark.parametrize(
    "sent", ["httpx.get('https://docs.example.com/')", "urlopen('https://docs.example.com/')"]
)
def test_other_requests_are_refused_with_what_to_do(
    project: Project, service: LoopbackServer, mode: tuple[str, ...], sent: str
) -> None:
    service.answers = [Answer(ANSWER)]
    project.put()
    project.tests(f"""
from urllib.request import urlopen

@pytest.mark.vcr
def test_it():
    ask()
    {sent}
""")
    result = project.run(*mode)
    result.assert_outcomes(failed=1)
    refusal = "*NetworkRefusedError: A request to docs.example.com was refused*"
    result.stdout.fnmatch_lines([f"{refusal}aimlapi_record_hosts = docs.example.com*"])
    assert project.cassette().read_text(encoding="utf-8") == GOOD


def test_a_refused_request_that_the_test_swallows_fails_it(project: Project) -> None:
    project.put()
    project.tests("""
@pytest.mark.vcr
def test_it():
    ask()
    with pytest.raises(Exception):
        httpx.get("https://docs.example.com/")
""")
    project.run().assert_outcomes(passed=1, errors=1)


def test_hosts_of_the_settings_are_recorded_and_played(
    project: Project,
    service: LoopbackServer,
    other: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTHER", other.base_url.replace("127.0.0.1", "localhost"))
    service.answers = [Answer(ANSWER)]
    project.settings("aimlapi_record_hosts = docs.example.com localhost")
    project.tests("""
@pytest.mark.vcr
def test_it():
    assert httpx.get(os.environ["OTHER"]).json() == {"answer": 42}
    assert ask() == "Hello!"
""")
    for mode in (("--record-mode=rewrite",), ()):
        project.run(*mode).assert_outcomes(passed=1)
    assert len(other.received) == 1


def test_what_an_older_cassette_holds_of_others_is_played(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(GOOD.replace(PUBLIC, "https://search.example.com/x"), encoding="utf-8")
    body = '{"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}'
    with replay(path):
        assert httpx.post("https://search.example.com/x", content=body).status_code == 200
    with (
        replay(path),
        pytest.raises(NetworkRefusedError, match=r'hosts=\["other.example.com"\]'),
    ):
        httpx.get("https://other.example.com/")


UNMARKED = {
    "a model": "ask()",
    "a stream": "list(ChatAIMLAPI(model='openai/gpt-4o').stream('Hi'))",
    "a user's client": "ask(http_client=httpx.Client())",
    "another base URL": "ask(base_url='https://llm.example.com/v1')",
    "plain httpx": "httpx.get('https://api.aimlapi.com/v1/models')",
    "an async model": "asyncio.run(ChatAIMLAPI(model='openai/gpt-4o').ainvoke('Hi'))",
    "by a proxy": "ask(proxy='http://127.0.0.1:9')",
}


@pytest.mark.parametrize("sent", UNMARKED.values(), ids=UNMARKED)
def test_an_unmarked_test_that_would_reach_the_service_fails(
    project: Project, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", "a-key-of-some-length")
    project.tests(f"import asyncio\n\ndef test_it():\n    {sent}\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*NetworkRefusedError: test_it.py::test_it would have sent*aimlapi_allow_network*"]
    )


def test_an_unmarked_test_that_swallows_the_refusal_fails(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", "a-key-of-some-length")
    project.tests(
        "def test_it(): ChatAIMLAPI(model='openai/gpt-4o').batch(['Hi'], return_exceptions=True)\n"
    )
    project.run().assert_outcomes(passed=1, errors=1)


@pytest.mark.parametrize("how", ["mark", "setting"])
def test_a_test_may_say_that_it_reaches_the_service(project: Project, how: str) -> None:
    mark = "@pytest.mark.aimlapi_allow_network" if how == "mark" else ""
    project.settings("" if mark else "aimlapi_allow_network = true")
    # The name is never found, so that it fails behind the gate.
    project.tests(f"""
from langchain_aimlapi.errors import APIConnectionError

{mark}
def test_it():
    with pytest.raises(APIConnectionError):
        ask(base_url="https://service.invalid/v1", api_key="a-key")
""")
    project.run().assert_outcomes(passed=1)


def test_mocks_and_this_machine_need_no_mark(project: Project, service: LoopbackServer) -> None:
    service.answers = [Answer(ANSWER)]
    project.tests("""
def test_server(): assert ask() == "Hello!"

def test_mock():
    body = {"id": "1", "choices": [{"message": {"content": "Mocked!"}}]}
    mock = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
    assert ask(base_url="https://api.aimlapi.com/v1", http_client=mock) == "Mocked!"
""")
    project.run().assert_outcomes(passed=2)


def test_a_thread_that_outlives_its_test_does_not_reach_the_service(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_API_KEY", "a-key-of-some-length")
    project.put()
    project.tests("""
import threading

ended, caught = threading.Event(), []

def later():
    ended.wait()
    try:
        ask()
    except Exception as error:
        caught.append(str(error))

thread = threading.Thread(target=later)

@pytest.mark.vcr
def test_it():
    thread.start()

@pytest.fixture(scope="session", autouse=True)
def after_all():
    yield
    ended.set()
    thread.join()
    print(caught)
""")
    result = project.run("-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*test_it.py::test_it*"])


def test_a_request_that_outlives_its_recording_is_not_lost_in_silence(
    project: Project, service: LoopbackServer
) -> None:
    service.answers = [Answer(ANSWER)]
    service.seconds = 1.0
    project.put()
    project.tests("""
import threading, time

@pytest.mark.vcr
def test_it():
    thread = threading.Thread(target=ask, args=("Hello",))
    thread.start()
    time.sleep(0.3)
    ask()
    threading.Thread(target=ask, args=("And?",)).start()
    time.sleep(0.3)
""")
    result = project.run("--record-mode=rewrite")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*still under way when the recording ended*"])
    assert project.cassette().read_text(encoding="utf-8") == GOOD
