"""The code that README and docstrings show runs, against the emulator."""

from __future__ import annotations

import ast
import asyncio
import doctest
import importlib
import inspect
import re
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulator.server import serve
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel

import langchain_aimlapi
from langchain_aimlapi import (
    AIMLAPIEmbeddings,
    ChatAIMLAPI,
    account,
    batches,
    catalogue,
    chat_models,
    cost,
    embeddings,
    profiles,
    testing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("examples/*.md"))
]
HAS_DECISIONS = find_spec("langchain_core.decisions") is not None  # from core 1.8 on
FENCED = re.compile(r"^( *)```python\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:^    .*\n(?:^\n(?=^    ))?)+", re.MULTILINE)


def fenced(text: str) -> list[str]:
    return [textwrap.dedent(body) for _, body in FENCED.findall(text)]


def indented(text: str) -> list[str]:
    """Return the indented blocks of a docstring that are code."""
    blocks = [textwrap.dedent(block) for block in INDENTED.findall(text + "\n")]
    return [block for block in blocks if re.search(r"^(from|with|import) ", block, re.MULTILINE)]


SNIPPETS = {
    **{
        page: fenced((ROOT / page).read_text(encoding="utf-8"))
        for page in PAGES
        if "```python" in (ROOT / page).read_text(encoding="utf-8")
    },
    "ChatAIMLAPI": fenced(inspect.getdoc(chat_models.ChatAIMLAPI) or ""),
    **{
        module.__name__: indented(inspect.getdoc(module) or "")
        for module in (langchain_aimlapi, account, cost, catalogue, batches, embeddings)
    },
    **{
        documented.__name__: fenced(inspect.getdoc(documented) or "")
        for documented in (
            AIMLAPIEmbeddings,
            catalogue.pick_model,
            catalogue.refresh,
            catalogue.retirements,
            cost.CostCallbackHandler,
            cost.get_cost_callback,
            testing.replay,
            testing.answers,
        )
    },
}
if HAS_DECISIONS:
    decisions = importlib.import_module("langchain_aimlapi.decisions")
    SNIPPETS[decisions.__name__] = indented(inspect.getdoc(decisions) or "")
    SNIPPETS["AIMLAPIDecisions"] = fenced(inspect.getdoc(decisions.AIMLAPIDecisions) or "")


@tool
def search(query: str) -> str:
    """Search the web."""
    return f"Found: {query}"


class Report(BaseModel):
    """A report."""

    title: str


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Set up what a snippet takes for granted: a model, a tool, a class, an agent."""
    with serve(batch_polls=0) as emulator:
        monkeypatch.setenv("AIMLAPI_API_KEY", "sk-emulator")
        monkeypatch.setenv("AIMLAPI_API_BASE", emulator.base_url)
        model = ChatAIMLAPI(model="anthropic/claude-sonnet-4")
        yield {
            "ChatAIMLAPI": ChatAIMLAPI,
            "HumanMessage": HumanMessage,
            "Report": Report,
            "agent": model,
            "model": model,
            "pytest": pytest,
            "search": search,
            "answer": model.invoke("hi"),
        }
    profiles.use_live_facts({})


def test_no_snippet_is_overlooked() -> None:
    assert "README.md" in SNIPPETS
    assert all(SNIPPETS.values())


@pytest.mark.filterwarnings("ignore:method='json_.*' needs response_format")
@pytest.mark.parametrize("where", SNIPPETS)
@pytest.mark.filterwarnings("ignore:The function `loads` is in beta")
def test_the_snippets_of_a_text_run_one_after_the_other(
    names: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    monkeypatch.chdir(ROOT if where == "replay" else tmp_path)
    if where == "replay":  # a cassette names the service itself
        monkeypatch.delenv("AIMLAPI_API_BASE")
    for snippet in SNIPPETS[where]:
        if "langchain_core.decisions" in snippet and not HAS_DECISIONS:
            continue
        code = compile(
            snippet.replace("...", "'?'") if "invoke(...)" in snippet else snippet,
            f"<{where}>",
            "exec",
            flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        )
        running = eval(code, names)  # noqa: S307  # our own documentation
        if inspect.isawaitable(running):
            asyncio.run(_finish(running))
        model = names.get("model")
        if not isinstance(model, ChatAIMLAPI):  # a snippet made it configurable
            names["model"] = ChatAIMLAPI(model="anthropic/claude-sonnet-4")


async def _finish(running: Any) -> None:
    await running


@pytest.mark.parametrize("module", [profiles])
def test_doctests(module: Any) -> None:
    found = doctest.testmod(importlib.import_module(module.__name__))
    assert found.attempted > 0
    assert found.failed == 0
