"""Every example runs offline as a newcomer starts it, and from its cassette as with a key."""

from __future__ import annotations

import asyncio
import inspect
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "examples"
# What stands in the output of each, in this order.
EXAMPLES = {
    "agent": r"calls \['weather'\].*Sunny and 24 degrees.*2 calls of the model, 0\.\d+ USD",
    "cost": r"'credits': \d+.*order-4711\.2 .*total +2 .*stopped: .*budget",
    "images_and_pdf": r"image: .*image.*file: .*file.*refused: Cannot send block 1 \(image\)",
    "prompt_caching": r"30 steps: .* 0 read.*30 steps: 0 .* \d{5} read.*saved: 0\.\d{4} USD",
    "rag": r"carried over.*cited from Holidays: .*five days",
    "structured_output": r"Joke\(setup=.*'punchline': .*result\['parsing_error'\]=None",
    "thinking_agent": r"thinks \(signed\).*find_order.*exchange_rate.*ai says: .*0\.9 EUR",
    "web_search": r"\[1\] https://.*cited: \[2\] is .+, https://.*gpt-5-pro: .*searched: What",
}
ELSEWHERE = {"quickstart"}
"""The tests of the published exchange run it."""


def test_no_example_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("[!_]*.py")} == {*EXAMPLES, *ELSEWHERE}


# The longest one replays the same exchange below.
@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "prompt_caching"])
def test_it_runs_without_a_key_and_says_where_its_answers_are_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    first, rest = capsys.readouterr().out.split("\n", 1)
    assert "AIMLAPI_API_KEY is not set" in first
    assert re.search(EXAMPLES[name], rest, re.DOTALL), rest


# With a key, as while recording, an example asks whoever is there: here the cassette.
@pytest.mark.vcr
@pytest.mark.parametrize("name", EXAMPLES)
def test_it_runs_with_a_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], record_mode: str, name: str
) -> None:
    monkeypatch.syspath_prepend(FOLDER)
    if record_mode == "none":
        monkeypatch.setenv("AIMLAPI_API_KEY", "sk-of-a-reader")
    started: Any = runpy.run_path(str(FOLDER / f"{name}.py"))["main"]()
    if inspect.iscoroutine(started):
        asyncio.run(started)
    output = capsys.readouterr().out
    assert re.search(EXAMPLES[name], output, re.DOTALL), output


@pytest.fixture(scope="module")
def vcr_cassette_dir() -> str:
    return str(FOLDER.parent / "cassettes" / "examples")


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    return str(request.node.callspec.params["name"])
