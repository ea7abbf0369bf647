"""What a failed replay says: the test to record again, and what a test has swallowed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.runnables import RunnableLambda

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import CassetteMismatchError, replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from projects import Project


@pytest.fixture
def published(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "cassettes" / "published" / "answer.yaml"


@pytest.mark.parametrize(
    ("mark", "command"),
    [
        ("", "pytest tests/test_it.py::test_it --record-mode=rewrite"),
        (
            "@pytest.mark.parametrize('word', ['a b'])",
            "pytest 'tests/test_it.py::test_it[a b]' --record-mode=rewrite",
        ),
    ],
)
def test_the_test_to_record_again_is_named(project: Project, mark: str, command: str) -> None:
    project.tests("")
    argument = "word" if mark else ""
    text = (project.path / "test_it.py").read_text(encoding="utf-8")
    folder = project.path / "tests"
    folder.mkdir()
    (project.path / "test_it.py").rename(folder / "test_it.py")
    (folder / "test_it.py").write_text(
        f"{text}\n{mark}\n@pytest.mark.vcr\ndef test_it({argument}): ask()\n", encoding="utf-8"
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    assert f"record again: {command}" in result.stdout.str()


def test_a_script_is_told_how_to_record(published: Path) -> None:
    with (
        replay(published),
        pytest.raises(CassetteMismatchError, match=r"record again: with record"),
    ):
        ChatAIMLAPI(model="openai/gpt-4o").invoke("Hi")


def test_a_swallowed_mismatch_is_shown_beside_the_failed_assert(project: Project) -> None:
    project.put()
    project.tests("""
@pytest.mark.vcr
def test_it():
    model = ChatAIMLAPI(model="openai/gpt-4o")
    (answer,) = model.batch(["Hello"], return_exceptions=True)
    assert answer == "Good!", "not as it was"
""")
    result = project.run("--tb=line")
    result.assert_outcomes(failed=1)
    project.tests("""
@pytest.mark.vcr
def test_it():
    model = ChatAIMLAPI(model="openai/gpt-4o")
    model.batch(["Hello"], return_exceptions=True)
    assert False
""")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*'Hi' in the cassette, 'Hello' sent*"])


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: model.with_retry(),
        lambda model: (model | RunnableLambda(lambda message: message.text)).with_retry(),
    ],
    ids=["model", "chain"],
)
def test_with_retry_takes_a_mismatch_as_final(published: Path, wrap: Callable[..., Any]) -> None:
    started = time.monotonic()
    asked = 0

    def count(_: object) -> None:
        nonlocal asked
        asked += 1

    with httpx.Client(event_hooks={"request": [count]}) as client, replay(published):
        model = ChatAIMLAPI(model="openai/gpt-4o", http_client=client)
        retrying = wrap(model)
        with pytest.raises(CassetteMismatchError):
            retrying.invoke("Hi")
    assert asked == 1
    assert time.monotonic() - started < 1


def test_with_retry_is_itself_afterwards(published: Path) -> None:
    with replay(published):
        pass
    tries: list[int] = []

    def fail_once(_: str) -> str:
        tries.append(1)
        if len(tries) < 2:
            raise ValueError("once")
        return "done"

    retrying = RunnableLambda(fail_once).with_retry(wait_exponential_jitter=False)
    assert retrying.invoke("x") == "done"
    with replay(published):
        tries.clear()
        assert retrying.invoke("x") == "done"
