"""Every example runs offline as a newcomer starts it, and from its cassette as with a key."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import runpy
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# What stands in the output of each, besides its first line.
EXAMPLES = {
    "agent": [
        r"^model: calls \['weather'\]$",
        r"^tools: Sunny and 24 degrees in Lisbon\.$",
        r"^model: .*Sunny and 24",
        r"^2 calls of the model, 0\.\d+ USD$",
    ],
    "async_streaming": [
        r"^openai/gpt-4o: ' How'$",
        r"^anthropic/claude-sonnet-4 said 'Hello! How are you.*' in \d+ tokens$",
        r"^google/gemini-3-5-flash said '.+' in \d+ tokens$",
    ],
    "batches": [
        r"^batch \w+: ended, \d of \d requests done$",
        r"^cats: Why did the cat",
        r"^sum: 17 \* 23 = 391\.$",
        r"^greeting: \w+",
    ],
    "catalogue": [
        r"^gpt-4o-mini: 128000 tokens, USD per million: 0\.195 in, 0\.78 out$",
        r"^gpt-4o is Chat GPT 4o of Open AI: .*tools",
    ],
    "code_interpreter": [
        r"^runs: print\(17 \* 23\)\nprints: 391\nsays: 17",
        r"^runs: print\(391 - 17\)\nprints: 374\nsays: 391",
    ],
    "cost_and_tracing": [
        r"^openai/gpt-4o: \{'usd': [\d.e-]+, 'credits': \d+\}$",
        r"^  order-4711\.2 is [0-9a-f-]{36}$",
        r"^  credits, by the headers: \d+$",
        r"^together: 0\.\d+ USD, 0 calls without a cost$",
        r"^stopped: .*budget",
    ],
    "fallbacks": [r"^NotFoundError: .*retired", r"^claude-sonnet-4-20250514: \w+"],
    "gpt_5_pro": [
        r"^> What is 17 \* 23\?\n\n17 \* 23 = 391\.\n\d+ in, \d+ out$",
        r"^> And what is .*\n\n391 \* 2 = 782\.",
        r"^openai/gpt-5-pro\S* +2 ",
    ],
    "images_and_pdf": [
        r"^anthropic/claude-sonnet-5, image: .*image",
        r"^openai/gpt-4o, file: .*PDF|^openai/gpt-4o, file: .*document",
        r"^refused: Cannot send block 1 \(image\) of message 0 \(HumanMessage\)",
    ],
    "prompt_caching": [
        r"^plain 3: \d+ tokens of input, of these 0 written to the cache and 0 read from it$",
        r"^cached 1: \d+ tokens of input, of these \d{4} written to the cache and 0 read from it$",
        r"^cached 2: \d+ tokens of input, of these 0 written to the cache and \d{4} read from it$",
        r"^saved: \d{4,} tokens of input at full price$",
        r"^saved: 0\.\d{4} USD of 0\.\d{4}, \d\d%$",
    ],
    "pick_model": [r"^\S+: [\d.]+ ms to the first token, \d\.\d{3} USD$", r"^\S+: \w+"],
    "rag": [
        r"carried over",
        r"^  cited from Holidays: .*five days may be carried over",
        r"^text-embedding-3-small +2 ",
    ],
    "reasoning": [
        r"^\[reasoning\] The user says",
        r"^\[text\] 17",
        r"^\d+ tokens of reasoning$",
        r"^--- openai/gpt-5-4\n\n\[reasoning\] The user says .*\n\[text\] 17",
    ],
    "structured_output": [
        r"^anthropic/claude-sonnet-4: Joke\(setup=",
        r"^openai/gpt-4o: Joke\(setup=",
        r"^so far: \{'setup': .*'punchline': ",
        r"^tokens: \d+, result\['parsing_error'\]=None$",
    ],
    "thinking_agent": [
        r"^thinks \(signed\): .*\ncalls find_order\(\{'number': 4711\}\)$",
        r"^thinks \(signed\): .*\ncalls shipping_fee",
        r"^thinks \(signed\): .*\ncalls exchange_rate",
        r"^tool says: Shipping to \w+ costs 5 USD\.$",
        r"^ai says: .*0\.9 EUR",
    ],
    "tools": [
        r"^anthropic/claude-sonnet-4 calls exchange_rate\(\{'base': ",
        r"^openai/gpt-4o says: .*exchange_rate",
    ],
    "unreported_costs": [
        r"^model +calls +tokens in +tokens out +USD$",
        r"^total +3 ",
        r"^Calls without a cost, not in the sum: 1$",
        r"^openai/gpt-4o, counting-1: [\d.e-]+ USD in the log$",
    ],
    "web_search": [
        r"^\[1\] https://",
        r"^found: .+ \(2026-\d\d-\d\d\)$",
        r"^cited: \[1\] is .+, https://",
        r"^cited: \[2\] is .+, https://",
        r"^openai/gpt-5-pro: .*\nsearched: What is new .*\ncited: \[1\] is .+, https://",
    ],
}
ON_STDERR = {}
ELSEWHERE = {"quickstart", "scale_out_ray", "_offline"}
"""`tests/published` runs the first, `tests/frameworks` the second; the third is no example."""

every_example = pytest.mark.parametrize("name", EXAMPLES)


@pytest.fixture
def folder(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "examples"


def check(name: str, output: str) -> None:
    for pattern in EXAMPLES[name]:
        assert re.search(pattern, output, re.MULTILINE), f"{pattern} is not in\n{output}"


def test_no_example_is_left_out(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.py")} == {*EXAMPLES, *ELSEWHERE}


@every_example
def test_it_runs_without_a_key_and_says_where_its_answers_are_from(
    folder: Path, tmp_path: Path, name: str
) -> None:
    settings = {"PYTHONUTF8": "1", "AIMLAPI_API_BASE": "http://127.0.0.1:9/v1"}
    done = subprocess.run(  # noqa: S603  # our own example
        [sys.executable, "-W", "error", str(folder / f"{name}.py")],
        env={**os.environ, **settings},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.fullmatch(ON_STDERR.get(name, ""), done.stderr), done.stderr
    assert done.returncode == 0
    first, rest = done.stdout.split("\n", 1)
    assert first == (
        f"AIMLAPI_API_KEY is not set: replaying recorded answers of an emulator ({name}.yaml)."
    )
    check(name, rest)


@pytest.mark.parametrize(
    ("name", "module", "packages"),
    [
        ("agent", "langchain.agents", "langchain"),
        ("thinking_agent", "langchain.agents", "langchain"),
        ("rag", "langchain_text_splitters", "langchain-text-splitters numpy"),
        ("rag", "numpy", "langchain-text-splitters numpy"),
    ],
)
def test_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, packages: str
) -> None:
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SystemExit, match=rf"pip install {packages}$"):
        runpy.run_path(str(folder / f"{name}.py"))


# With a key, as while recording, an example asks whoever is there: here the cassette.
@pytest.mark.vcr
@every_example
def test_it_runs_with_a_key(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    record_mode: str,
    name: str,
) -> None:
    monkeypatch.syspath_prepend(folder)
    if record_mode == "none":
        monkeypatch.setenv("AIMLAPI_API_KEY", "sk-of-a-reader")
    # A batch is asked about every 30 seconds where it is real.
    if os.environ.get("AIMLAPI_RECORD_FROM") != "live":
        monkeypatch.setattr("time.sleep", lambda _: None)
    started: Any = runpy.run_path(str(folder / f"{name}.py"))["main"]()
    if inspect.isawaitable(started):
        asyncio.run(_finish(started))
    output = capsys.readouterr().out
    assert "replaying" not in output
    check(name, output)


async def _finish(started: Any) -> None:
    await started


@pytest.fixture(scope="module")
def vcr_cassette_dir(pytestconfig: pytest.Config) -> str:
    return str(pytestconfig.rootpath / "cassettes" / "examples")


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    return str(request.node.callspec.params["name"])
