"""A user's project opts in with one line; these are such projects, run by pytest itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest
from doors.cassettes import text_of_cassette
from loopback import QUICK

if TYPE_CHECKING:
    from pathlib import Path

    from loopback import LoopbackServer

PUBLIC = "https://api.aimlapi.com/v1/chat/completions"
CONFTEST = 'pytest_plugins = ["langchain_aimlapi.testing"]\n'
ASK = """
import httpx, os, pytest

def ask(question, url="https://api.aimlapi.com/v1/chat/completions"):
    with httpx.Client() as client:
        return client.post(url, json={"q": question}).json()
"""

Project = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Run a project of one test module and return pytest's result."""

    def run_project(
        tests: str = "", *arguments: str, conftest: str = CONFTEST, ini: str = ""
    ) -> pytest.RunResult:
        if tests:
            pytester.makepyfile(test_ask=ASK + tests)
        pytester.makeconftest(conftest)
        pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}\n")
        return pytester.runpytest_inprocess(*QUICK, *arguments)

    return run_project


@pytest.fixture
def from_server(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> LoopbackServer:
    """A loopback server that recordings are made from."""
    monkeypatch.setenv("AIMLAPI_RECORD_FROM", server.base_url)
    return server


def write_cassette(path: Path, *questions: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    interactions = [
        {
            "request": {
                "method": "POST",
                "uri": PUBLIC,
                "headers": {},
                "body": f'{{"q": "{question}"}}'.encode(),
            },
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {},
                "body": {"string": f'{{"a": "{question}!"}}'.encode()},
            },
        }
        for question in questions
    ]
    path.write_text(text_of_cassette(interactions, "a test"), encoding="utf-8")


def test_a_marked_test_is_answered_from_its_cassette(
    run: Project, pytester: pytest.Pytester
) -> None:
    write_cassette(pytester.path / "cassettes/test_ask/test_it.yaml", "Hi")
    result = run("@pytest.mark.vcr\ndef test_it(): assert ask('Hi') == {'a': 'Hi!'}\n")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("module", "ini", "cassette"),
    [
        ("tests/test_a.py", "", "cassettes/test_a/test_it.yaml"),
        ("tests/unit/test_a.py", "", "cassettes/unit/test_a/test_it.yaml"),
        ("checks/test_a.py", "testpaths = checks", "cassettes/test_a/test_it.yaml"),
        (
            "src/test_a.py",
            "aimlapi_cassette_dir = data/tapes",
            "data/tapes/src/test_a/test_it.yaml",
        ),
    ],
)
def test_cassettes_lie_in_one_folder_that_mirrors_the_tests(
    run: Project, pytester: pytest.Pytester, module: str, ini: str, cassette: str
) -> None:
    write_cassette(pytester.path / cassette, "Hi")
    path = pytester.path / module
    path.parent.mkdir(parents=True)
    path.write_text(f"{ASK}@pytest.mark.vcr\ndef test_it(): ask('Hi')\n", encoding="utf-8")
    run("", ini=ini).assert_outcomes(passed=1)


def test_cassettes_can_be_shared(run: Project, pytester: pytest.Pytester) -> None:
    write_cassette(pytester.path / "cassettes/test_ask/shared.yaml", "Hi")
    result = run("@pytest.mark.vcr('shared.yaml')\ndef test_it(): ask('Hi')\n")
    result.assert_outcomes(passed=1)


COPIED_CONFIG = """
from langchain_tests.conftest import base_vcr_config

@pytest.fixture(scope="session")
def vcr_config():
    return base_vcr_config()  # it says record_mode="once"
"""


@pytest.mark.parametrize("config", ["", COPIED_CONFIG])
def test_without_a_cassette_a_test_fails_and_sends_nothing(
    run: Project,
    server: LoopbackServer,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    config: str,
) -> None:
    monkeypatch.setenv("AIMLAPI_API_BASE", server.base_url)
    test = f"{config}\n@pytest.mark.vcr\ndef test_it(): ask('Hi', '{server.base_url}')\n"
    result = run(test)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*is not in the cassette *cassettes/*test_it.yaml*",
            "*There is no such cassette yet, or it is empty.*",
            "*pytest test_ask.py::test_it --record-mode=rewrite*",
        ]
    )
    assert server.received == []
    assert not (pytester.path / "cassettes").exists()


def test_a_changed_request_fails_with_the_field_that_changed(
    run: Project, pytester: pytest.Pytester
) -> None:
    write_cassette(pytester.path / "cassettes/test_ask/test_it.yaml", "Hi")
    result = run("@pytest.mark.vcr\ndef test_it(): ask('Hello')\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*q: 'Hi' in the cassette, 'Hello' sent*"])


def test_a_mismatch_that_the_test_swallows_fails_it(
    run: Project, pytester: pytest.Pytester
) -> None:
    write_cassette(pytester.path / "cassettes/test_ask/test_it.yaml", "Hi")
    result = run(
        """
@pytest.mark.vcr
def test_it():
    try:
        ask('Hello')
    except Exception:
        pass
"""
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*The test caught this*", "*q: 'Hi' in the cassette, 'Hello' sent*"]
    )


def test_recording_replaying_and_recording_again(
    run: Project, from_server: LoopbackServer, pytester: pytest.Pytester
) -> None:
    cassette = pytester.path / "cassettes/test_ask/test_it.yaml"
    write_cassette(cassette, "an older question")
    tests = "@pytest.mark.vcr\ndef test_it(): assert ask('Hi') == {'answer': 42}\n"
    run(tests, "--record-mode=rewrite").assert_outcomes(passed=1)
    first = cassette.read_text(encoding="utf-8")
    assert "an older question" not in first
    assert f"uri: {PUBLIC}\n" in first
    run(tests).assert_outcomes(passed=1)
    assert len(from_server.received) == 1
    run(tests, "--record-mode=rewrite").assert_outcomes(passed=1)
    assert cassette.read_text(encoding="utf-8") == first


def test_the_source_line_says_where_it_was_recorded(
    run: Project, from_server: LoopbackServer, pytester: pytest.Pytester
) -> None:
    conftest = f"""{CONFTEST}
import pytest
from langchain_aimlapi.testing import RecordingSource

@pytest.fixture(scope="session")
def recording_source():
    return RecordingSource("recorded from our own server", base_url="{from_server.base_url}")
"""
    tests = "@pytest.mark.vcr\ndef test_it(): ask('Hi')\n"
    run(tests, "--record-mode=rewrite", conftest=conftest).assert_outcomes(passed=1)
    cassette = pytester.path / "cassettes/test_ask/test_it.yaml"
    assert cassette.read_text(encoding="utf-8").startswith("source: recorded from our own server\n")


def test_a_place_to_record_from_that_is_no_url_is_refused(
    run: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIMLAPI_RECORD_FROM", "somewhere")
    result = run("@pytest.mark.vcr\ndef test_it(): ask('Hi')\n", "--record-mode=rewrite")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*AIMLAPI_RECORD_FROM is 'somewhere'*"])


def test_a_marked_test_has_a_key_and_others_have_not(run: Project) -> None:
    result = run(
        """
@pytest.mark.vcr
def test_marked(): assert os.environ["AIMLAPI_API_KEY"] == "replay"

def test_plain(): assert "AIMLAPI_API_KEY" not in os.environ
"""
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("ini", "outcomes"),
    [("", {"passed": 1}), ("aimlapi_unused_interactions = error", {"passed": 1, "errors": 1})],
)
def test_recorded_interactions_that_are_not_played_can_fail_a_test(
    run: Project, pytester: pytest.Pytester, ini: str, outcomes: dict[str, int]
) -> None:
    write_cassette(pytester.path / "cassettes/test_ask/test_it.yaml", "Hi", "And?")
    result = run("@pytest.mark.vcr\ndef test_it(): ask('Hi')\n", ini=ini)
    result.assert_outcomes(**outcomes)
    if ini:
        result.stdout.fnmatch_lines(
            ["*Recorded but not played:*", f"*interaction 2: POST {PUBLIC}"]
        )


def test_a_request_is_played_once_but_in_a_benchmark_as_often_as_it_runs(
    run: Project, pytester: pytest.Pytester
) -> None:
    for name in ("test_retry", "test_speed"):
        write_cassette(pytester.path / f"cassettes/test_ask/{name}.yaml", "Hi")
    result = run(
        """
@pytest.mark.vcr
def test_retry():
    ask('Hi')
    ask('Hi')

@pytest.mark.vcr
def test_speed(benchmark):
    benchmark.pedantic(lambda: ask('Hi'), rounds=3)
"""
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*has been played already: it is sent more often now*"])


def test_nothing_but_the_guard_loads_by_itself(run: Project) -> None:
    ours = [e.value for e in entry_points(group="pytest11") if "aimlapi" in e.value]
    assert ours == ["langchain_aimlapi_guard"]
    result = run("def test_it(vcr_config): assert vcr_config == {}\n", conftest="")
    result.assert_outcomes(passed=1)


def test_without_pytest_recording_it_says_what_to_install(
    run: Project, pytester: pytest.Pytester
) -> None:
    result = run("def test_it(): pass\n", "-p", "no:recording")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*pip install *langchain-aimlapi?testing?*"])


def test_scripts_need_no_pytest(pytester: pytest.Pytester) -> None:
    write_cassette(pytester.path / "a.yaml", "Hi")
    script = f"""
import sys
sys.modules["pytest"] = sys.modules["pytest_recording"] = None  # as if not installed
import httpx
from langchain_aimlapi.testing import replay
with replay("a.yaml"):
    print(httpx.post("{PUBLIC}", json={{"q": "Hi"}}).json())
"""
    done = subprocess.run(  # noqa: S603 - the script above
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout == "{'a': 'Hi!'}\n", done.stderr
