"""Several tests, or processes, that record into one cassette lose nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from loopback import Answer
from projects import ANSWER

if TYPE_CHECKING:
    from loopback import LoopbackServer
    from projects import Project

SHARED = """
@pytest.mark.parametrize("number", range(12))
@pytest.mark.default_cassette("shared")
@pytest.mark.vcr
def test_it(number): assert ask(f"question {number}") == "Hello!"
"""


def questions(project: Project) -> list[str]:
    bodies = map(json.loads, project.bodies("shared"))
    return sorted(body["messages"][0]["content"] for body in bodies)


@pytest.mark.parametrize(
    ("mode", "workers"),
    [("rewrite", "0"), ("new_episodes", "0"), ("rewrite", "2"), ("new_episodes", "2")],
)
def test_twelve_tests_that_share_a_cassette_keep_twelve_interactions(
    project: Project, service: LoopbackServer, mode: str, workers: str
) -> None:
    service.answers = [Answer(ANSWER)]
    service.seconds = 0.05
    cassette = project.put(name="shared") if mode == "rewrite" else project.cassette("shared")
    project.tests(SHARED)
    expected = sorted(f"question {number}" for number in range(12))
    result = project.run(f"--record-mode={mode}", "-n", workers)
    result.assert_outcomes(passed=12)
    assert questions(project) == expected
    before = len(service.received)
    project.run().assert_outcomes(passed=12)
    assert len(service.received) == before
    assert "Good!" not in cassette.read_text(encoding="utf-8")


def test_record_mode_all_does_not_undo_what_another_test_wrote(
    project: Project, service: LoopbackServer
) -> None:
    service.answers = [Answer(ANSWER)]
    cassette = project.put()
    project.tests("""
from pathlib import Path

@pytest.mark.vcr
def test_it():
    ask()
    cassette = Path("cassettes/test_it/test_it.yaml")
    cassette.write_text(cassette.read_text().replace("Good!", "Better!"))
""")
    result = project.run("--record-mode=all")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*was written by another test or process meanwhile*"])
    assert "Better!" in cassette.read_text(encoding="utf-8")


def test_extra_cassettes_are_played_and_stay_out_of_the_main_one(
    project: Project, service: LoopbackServer
) -> None:
    service.answers = [Answer(ANSWER)]
    extra = project.put(name="extra")
    before = extra.read_text(encoding="utf-8")
    project.tests("""
@pytest.mark.vcr("extra.yaml")
def test_it(): assert [ask(), ask("Hello")] == ["Good!", "Hello!"]
""")
    project.run("--record-mode=rewrite").assert_outcomes(passed=1)
    assert len(project.bodies()) == 1
    assert extra.read_text(encoding="utf-8") == before
    project.run().assert_outcomes(passed=1)
