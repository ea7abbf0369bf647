"""The code in the README, in the docs and in docstrings runs, against the emulator."""

from __future__ import annotations

import ast
import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from emulator.server import serve
from pages import HAS_DECISIONS, ROOT, SNIPPETS

from langchain_aimlapi import profiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serve(batch_polls=0) as emulator:
        monkeypatch.setenv("AIMLAPI_API_KEY", "sk-emulator")
        monkeypatch.setenv("AIMLAPI_API_BASE", emulator.base_url)
        yield
    profiles.use_live_facts({})


def test_no_page_is_overlooked() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/guides/agents.md"} <= SNIPPETS.keys()


@pytest.mark.usefixtures("emulated")
@pytest.mark.parametrize("where", [where for where, snippets in SNIPPETS.items() if snippets])
@pytest.mark.filterwarnings("ignore:The (function|middleware) .* is in beta")
def test_the_code_of_a_page_runs_from_top_to_bottom(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    for folder in ("cassettes", "docs"):  # what pages read; what they write stays in tmp_path
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
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
