"""A project with pytest-recording and nothing of our kit records and plays, on every endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from emulator.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.server import Emulator
    from projects import Project

KEY = "test-5b0d9ec2a7f1486f" + "93d4c8e1027ba6f5"
CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def vcr_config():
    return {"filter_headers": ["authorization"]}
"""
TESTS = """
import asyncio, json, pathlib
from langchain_aimlapi import AIMLAPIEmbeddings

MODELS = {
    "chat": {"model": "openai/gpt-4o"},
    "responses": {"model": "openai/gpt-5-4"},
    "messages": {"model": "anthropic/claude-sonnet-5", "endpoint": "messages"},
}
ANSWERS = pathlib.Path(__file__).with_name("answers")

async def joined(chunks):
    return "".join([chunk.text async for chunk in chunks])

def seen(name, value):
    ANSWERS.mkdir(exist_ok=True)
    kept = ANSWERS / name.replace("/", "-")
    if kept.exists():
        assert json.loads(kept.read_text()) == value
    else:
        kept.write_text(json.dumps(value))
    assert value

@pytest.mark.vcr
@pytest.mark.parametrize("way", ["invoke", "stream", "ainvoke", "astream"])
@pytest.mark.parametrize("name", MODELS)
def test_chat(name, way):
    with ChatAIMLAPI(**MODELS[name], max_retries=0) as model:
        asked = getattr(model, way)(f"my key is {os.environ['AIMLAPI_API_KEY']}")
        if way == "invoke":
            text = asked.text
        elif way == "stream":
            text = "".join(chunk.text for chunk in asked)
        elif way == "ainvoke":
            text = asyncio.run(asked).text
        else:
            text = asyncio.run(joined(asked))
    assert "my key is" in text
    seen(f"{name}-{way}", text.replace(os.environ["AIMLAPI_API_KEY"], "SCRUBBED"))

@pytest.mark.vcr
@pytest.mark.parametrize("way", ["embed_query", "aembed_query"])
def test_embed(way):
    model = AIMLAPIEmbeddings(model="text-embedding-3-small", max_retries=0)
    asked = getattr(model, way)("Hi")
    vector = asyncio.run(asked) if way.startswith("a") else asked
    model.close()
    seen(way, vector)

@pytest.mark.vcr
def test_plain_httpx_beside_it():
    ask("Hi")
    with httpx.Client() as client:
        said = client.get(os.environ["AIMLAPI_API_BASE"] + "/models?type=none")
    seen("plain", said.status_code)
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with serve() as running:
        yield running


@pytest.fixture
def plain(project: Project, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project without our line, whose models ask the emulator."""
    monkeypatch.setenv("AIMLAPI_API_BASE", emulator.base_url)
    monkeypatch.setenv("AIMLAPI_API_KEY", KEY)
    project.conftest(CONFTEST)
    project.tests(TESTS)
    return project


def test_every_way_of_every_endpoint_is_recorded_and_played(
    plain: Project, emulator: Emulator
) -> None:
    before = len(emulator.requests)
    recorded = plain.run("--record-mode=once")
    recorded.assert_outcomes(passed=15)
    recorded.stdout.fnmatch_lines(['*conftest.py: pytest_plugins = ?"langchain_aimlapi.testing"?*'])
    assert len(emulator.requests) == before + 16
    written = [file.read_text(encoding="utf-8") for file in plain.path.rglob("cassettes/**/*.yaml")]
    assert len(written) == 15
    assert not [text for text in written if KEY in text or "authorization" in text.lower()]
    for mode in (("--record-mode=none", "--block-network"), ("--record-mode=once",)):
        plain.run(*mode).assert_outcomes(passed=15)
    assert len(emulator.requests) == before + 16


def test_what_was_not_recorded_is_refused(plain: Project, emulator: Emulator) -> None:
    before = len(emulator.requests)
    result = plain.run("--record-mode=none", "-k", "chat or plain")
    result.assert_outcomes(failed=13, deselected=2)
    result.stdout.fnmatch_lines(["*CannotOverwriteExistingCassetteException*"])
    assert len(emulator.requests) == before
