"""The code that this project's pages and docstrings show: one program for each.

Run as a program it writes these as modules into a folder, where type checkers find them.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from langchain_aimlapi import (
    AIMLAPIEmbeddings,
    ChatAIMLAPI,
    account,
    batches,
    catalogue,
    cost,
    testing,
)

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


def as_module(snippets: list[str]) -> str:
    """Return snippets as a module; what waits at the top level waits in a function."""
    code = "\n\n".join(snippets)
    if re.search(r"^(?:async (?:for|with) |(?:\w+ = )?await )", code, re.MULTILINE):
        code = "async def page() -> None:\n" + textwrap.indent(code, "    ")
    return f"# pyright: standard\n{code}"


def main(folder: Path) -> None:
    """Write one module for each page that has code."""
    folder.mkdir(parents=True, exist_ok=True)
    for where, snippets in SNIPPETS.items():
        name = re.sub(r"\W", "_", where.removesuffix(".md"))
        if snippets:
            (folder / f"{name}.py").write_text(as_module(snippets), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
