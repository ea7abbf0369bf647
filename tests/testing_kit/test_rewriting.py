"""A cassette that is recorded again is replaced by a whole and good one, or it stays."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from doors.cassettes import cassette_from
from loopback import Answer
from projects import ANSWER, GOOD

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import CassetteNotWrittenError, record, replay

if TYPE_CHECKING:
    from pathlib import Path

    from loopback import LoopbackServer
    from projects import Project

KILLS = int(os.environ.get("KILLS", "6"))
"""How often a recording is killed; `KILLS=50` for a longer trial."""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def ask(question: str = "Hi") -> str:
    return ChatAIMLAPI(model="openai/gpt-4o", max_retries=0).invoke(question).text


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_block_that_raises_leaves_the_cassette(
    good: Path, service: LoopbackServer, failure: type[BaseException]
) -> None:
    service.answers = [Answer(ANSWER)]
    with pytest.raises(failure), record(good):  # noqa: PT012 - a block that raises
        ask()
        raise failure
    assert good.read_text(encoding="utf-8") == GOOD
    assert list(good.parent.iterdir()) == [good]


def test_a_block_that_succeeds_replaces_it(good: Path, service: LoopbackServer) -> None:
    service.answers = [Answer(ANSWER)]
    with record(good):
        ask()
        assert good.read_text(encoding="utf-8") == GOOD  # until it is done
    with replay(good):
        assert ask() == "Hello!"


def test_a_block_that_sends_nothing_leaves_it(good: Path) -> None:
    with record(good):
        pass
    assert good.read_text(encoding="utf-8") == GOOD


def test_an_error_status_that_the_block_swallows_leaves_it(
    good: Path, service: LoopbackServer
) -> None:
    service.answers = [Answer(b'{"message": "no"}', status=401)]
    model = ChatAIMLAPI(model="openai/gpt-4o", max_retries=0)
    with (
        pytest.raises(CassetteNotWrittenError, match=r"answered 401.*expect_status=\[401\]"),
        record(good),
    ):
        model.batch(["Hi"], return_exceptions=True)
    assert good.read_text(encoding="utf-8") == GOOD


def test_an_error_status_that_is_meant_is_recorded_and_meant_from_then_on(
    good: Path, service: LoopbackServer
) -> None:
    service.answers = [Answer(b'{"message": "no"}', status=401)]
    for more in ({"expect_status": [401]}, {}):
        with record(good, **more), pytest.raises(Exception, match="no"):
            ask()
        assert "status: 401" in good.read_text(encoding="utf-8")


def test_a_request_without_an_answer_leaves_it(good: Path, service: LoopbackServer) -> None:
    service.answers = [Answer(ANSWER)]
    nowhere = ChatAIMLAPI(model="openai/gpt-4o", base_url="http://127.0.0.1:9/v1", max_retries=0)
    with (  # noqa: PT012 - the block raises at its end
        pytest.raises(CassetteNotWrittenError, match=r"1 request.* got no answer"),
        record(good),
    ):
        ask()
        nowhere.batch(["Hello"], return_exceptions=True)
    assert good.read_text(encoding="utf-8") == GOOD


def test_what_cannot_be_written_leaves_everything_as_it_was(
    good: Path, service: LoopbackServer
) -> None:
    before = httpx.HTTPTransport.handle_request
    service.answers = [
        Answer(b"not gzip", headers={"Content-Encoding": "gzip", "Content-Type": "text/plain"})
    ]
    url = f"{service.base_url}/x"
    with (
        pytest.raises(httpx.DecodingError),
        record(good),
        httpx.Client() as client,
        client.stream("POST", url) as response,
    ):
        list(response.iter_raw())
    assert good.read_text(encoding="utf-8") == GOOD
    assert httpx.HTTPTransport.handle_request is before


TESTS = {
    "a failing test": ("ask(); assert False", {"failed": 1}),
    "a refused connection": ("ask(base_url='http://127.0.0.1:9/v1')", {"failed": 1}),
    "no key": ("os.environ.pop('AIMLAPI_API_KEY'); ask()", {"failed": 1}),
    "a 401": ("ask('401')", {"failed": 1}),
    "a swallowed 401": (
        "ChatAIMLAPI(model='openai/gpt-4o').batch(['401'], return_exceptions=True)",
        {"passed": 1, "errors": 1},
    ),
}


@pytest.mark.parametrize(("test", "outcomes"), TESTS.values(), ids=TESTS)
def test_rewriting_keeps_the_cassette_of_a_test_that_did_not_do_well(
    project: Project, service: LoopbackServer, test: str, outcomes: dict[str, int]
) -> None:
    service.answers = [
        Answer(b'{"message": "no"}', status=401) if "401" in test else Answer(ANSWER)
    ]
    cassette = project.put()
    project.tests(f"@pytest.mark.vcr\ndef test_it(): {test}\n")
    project.run("--record-mode=rewrite").assert_outcomes(**outcomes)
    assert cassette.read_text(encoding="utf-8") == GOOD
    assert list(cassette.parent.iterdir()) == [cassette]


def test_a_status_that_a_test_expects_is_recorded(
    project: Project, service: LoopbackServer
) -> None:
    service.answers = [Answer(b'{"message": "no"}', status=401)]
    cassette = project.put()
    project.tests("""
@pytest.mark.vcr
@pytest.mark.aimlapi_expect_status(401)
def test_it():
    with pytest.raises(Exception, match="no"):
        ask()
""")
    project.run("--record-mode=rewrite").assert_outcomes(passed=1)
    assert "status: 401" in cassette.read_text(encoding="utf-8")
    project.run().assert_outcomes(passed=1)


def test_ctrl_c_keeps_the_cassette(project: Project, service: LoopbackServer) -> None:
    service.answers = [Answer(ANSWER)]
    cassette = project.put()
    project.tests("@pytest.mark.vcr\ndef test_it(): ask(); raise KeyboardInterrupt\n")
    result = project.pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "--record-mode=rewrite"
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert cassette.read_text(encoding="utf-8") == GOOD


RECORDING = """
import sys
import httpx
from langchain_aimlapi.testing import record

path, url = sys.argv[1:]
print("ready", flush=True)
while True:
    with record(path), httpx.Client() as client:
        for number in range(20):
            client.post(url, json={"q": number, "text": "x" * 20000})
"""


def test_a_recording_killed_at_any_moment_leaves_a_whole_cassette(
    tmp_path: Path, service: LoopbackServer
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(GOOD, encoding="utf-8")
    for number in range(KILLS):
        process = subprocess.Popen(  # noqa: S603 - the script above
            [sys.executable, "-c", RECORDING, str(path), f"{service.base_url}/chat/completions"],
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        if number < KILLS - 1:
            time.sleep(random.uniform(0, 1.5))  # noqa: S311 - any moment
        else:  # for once, after it has replaced the file
            end = time.monotonic() + 60
            while path.read_text(encoding="utf-8") == GOOD and time.monotonic() < end:
                time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        read = cassette_from(path.read_text(encoding="utf-8"))["interactions"]
        assert len(read) in {1, 20}
    assert len(read) == 20
    with record(path), httpx.Client() as client:  # nobody holds it, and no draft is left
        client.post(f"{service.base_url}/chat/completions", json={})
    assert list(tmp_path.iterdir()) == [path]
