"""The code in the README, in the docs and in docstrings runs, against the emulator."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import re
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emulator.server import serve

from langchain_aimlapi import (
    AIMLAPIEmbeddings,
    ChatAIMLAPI,
    account,
    batches,
    catalogue,
    cost,
    testing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
HAS_DECISIONS = find_spec("langchain_core.decisions") is not None  # from core 1.8 on
FENCED = re.compile(r"^( *)```python\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:^    .*\n(?:^\n(?=^    ))?)+", re.MULTILINE)


def fenced(text: str) -> list[str]:
    return [textwrap.dedent(body) for _, body in FENCED.findall(text)]


def indented(text: str) -> list[str]:
    """Return the indented blocks of a docstring that are code."""
    blocks = [textwrap.dedent(block) for block in INDENTED.findall(text + "\n")]
    return [block for block in blocks if re.search(r"^(from|with|import) ", block, re.MULTILINE)]


def code_of(documented: Any) -> list[str]:
    text = inspect.getdoc(documented) or ""
    return indented(text) if inspect.ismodule(documented) else fenced(text)


SNIPPETS = {
    **{str(page.relative_to(ROOT)): fenced(page.read_text(encoding="utf-8")) for page in PAGES},
    **{
        documented.__name__: code_of(documented)
        for documented in (
            ChatAIMLAPI,
            AIMLAPIEmbeddings,
            account,
            batches,
            catalogue,
            cost,
            catalogue.pick_model,
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


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serve(batch_polls=0) as emulator:
        monkeypatch.setenv("AIMLAPI_API_KEY", "sk-emulator")
        monkeypatch.setenv("AIMLAPI_API_BASE", emulator.base_url)
        yield


def test_no_page_is_overlooked() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/guides/agents.md"} <= SNIPPETS.keys()


@pytest.mark.usefixtures("emulated")
@pytest.mark.parametrize("where", [where for where, snippets in SNIPPETS.items() if snippets])
@pytest.mark.filterwarnings("ignore:The function `loads` is in beta")
def test_the_code_of_a_page_runs_from_top_to_bottom(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.chdir(ROOT)
    if where == "replay":  # a cassette names the service itself
        monkeypatch.delenv("AIMLAPI_API_BASE")
    names: dict[str, Any] = {"__name__": "__main__"}
    for snippet in SNIPPETS[where]:
        if "langchain_core.decisions" in snippet and not HAS_DECISIONS:
            continue
        code = compile(snippet, f"<{where}>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        running = eval(code, names)  # noqa: S307  # our own documentation
        if inspect.isawaitable(running):
            asyncio.run(_finish(running))
    for name, shown in names.items():  # a page shows tests too
        if name.startswith("test_"):
            shown()


async def _finish(running: Any) -> None:
    await running
