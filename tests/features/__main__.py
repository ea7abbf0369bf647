"""Puts each installed package to the probes; prints the table of FEATURES.md: `make features`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import warnings
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "langchain-aimlapi": ("langchain_aimlapi", "ChatAIMLAPI", {}),
    "langchain-openai": ("langchain_openai", "ChatOpenAI", {"stream_usage": True}),
    "langchain-openrouter": ("langchain_openrouter", "ChatOpenRouter", {}),
    "langchain-mistralai": ("langchain_mistralai", "ChatMistralAI", {}),
}
"""Package: its module, its class, and what its users set to get the most."""


def probe(package: str) -> dict[str, dict[str, str]]:
    """Return what is missing, by probe and model; empty text where nothing is."""
    sys.path.insert(0, str(ROOT / "tests"))
    warnings.simplefilter("ignore")
    from features.probes import PROBES, stage_for  # noqa: PLC0415  # needs the path

    module, name, settings = PACKAGES[package]
    made = getattr(import_module(module), name)

    def make(**fields: Any) -> Any:
        return made(**{**settings, **fields})

    with stage_for(make) as stage:
        return {
            title: {model: _try(put_to, stage, model) for model in models}
            for title, (put_to, models) in PROBES.items()
        }


def _try(put_to: Any, stage: Any, model: str) -> str:
    from features.probes import LIMIT  # noqa: PLC0415  # as above

    problem = f"no end after {LIMIT:.0f} s"

    def run() -> None:
        nonlocal problem
        try:
            put_to(stage, model)
            problem = ""
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is missing
            problem = f"{type(error).__name__}: {error}"[:200]

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LIMIT)
    return problem


def main() -> None:
    """Print the table, and behind it what is missing where."""
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(probe(sys.argv[1])))
        sys.stdout.flush()
        os._exit(0)  # a probe may still sleep
    results: dict[str, dict[str, dict[str, str]]] = {}
    for package, (module, _, _) in PACKAGES.items():
        if find_spec(module) is None:
            continue
        command = [sys.executable, "-m", "tests.features", package]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603  # ours
        results[package] = json.loads(done.stdout)
    heads = [f"{package} {version(package)}" for package in results]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for title in next(iter(results.values())):
        cells = [_cell(found[title]) for found in results.values()]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    lines.append("")
    for package, found in results.items():
        for title, models in found.items():
            lines += [
                f"{package}: {title}: {m}: {problem}" for m, problem in models.items() if problem
            ]
    sys.stdout.write("\n".join(lines) + "\n")


def _cell(models: dict[str, str]) -> str:
    there = sum(not missing for missing in models.values())
    if len(models) == 1:
        return "yes" if there else "no"
    return f"{there} of {len(models)}"


if __name__ == "__main__":
    main()
