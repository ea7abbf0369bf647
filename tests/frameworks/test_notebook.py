"""The notebooks of `examples/`, run cell by cell in a kernel of their own, from cassettes."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

SECTIONS = {
    "chat": [
        "Overview",
        "Setup",
        "Instantiation",
        "Invocation",
        "Chaining",
        "Tool calling",
        "Structured output",
        "Streaming",
        "Reasoning",
        "Endpoints",
        "Citations",
        "Usage and cost",
        "API reference",
    ],
    "embeddings": [
        "Overview",
        "Setup",
        "Instantiation",
        "Indexing and retrieval",
        "Direct usage",
        "Usage within RAG",
        "Usage and cost",
        "API reference",
    ],
}
SILENT = {"chat": ["make-model"], "embeddings": ["make-embeddings"]}
"""Cells that show nothing."""


@pytest.fixture(params=SECTIONS)
def path(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath / "examples" / f"{request.param}.ipynb"


@pytest.fixture
def notebook(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


@pytest.fixture
def kernel(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs a notebook, touching no settings of whoever runs the tests."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")

    def execute(notebook: Any, key: str = "") -> Any:
        # A mark for cassettes sets a key here; the notebook's reader has none.
        monkeypatch.setenv("AIMLAPI_API_KEY", key)
        NotebookClient(
            notebook,
            timeout=60,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
        ).execute()
        return notebook

    return execute


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: Any) -> dict[str, list[Any]]:
    """Return what each cell shows; how a stream was cut into pieces does not count."""
    shown: dict[str, list[Any]] = {}
    for cell in code_cells(notebook):
        shown[cell.id] = []
        for output in cell.outputs:
            known = shown[cell.id]
            if output.output_type == "stream" and known and known[-1][0] == output.name:
                known[-1] = (output.name, known[-1][1] + output.text)
            elif output.output_type == "stream":
                known.append((output.name, output.text))
            else:
                known.append((output.output_type, _without_run_ids(output.get("data"))))
    return shown


def _without_run_ids(data: Any) -> Any:
    """Return what a cell shows without the ids of runs, which LangChain makes up each time."""
    return json.loads(re.sub(r"lc_run--[0-9a-f-]{36}", "lc_run--...", json.dumps(data)))


# The mark lets `make record`, which selects by it, come by here as well.
@pytest.mark.vcr
def test_every_cell_shows_what_is_committed(
    path: Path, notebook: Any, kernel: Any, record_mode: str
) -> None:
    if record_mode != "none":
        cassette = path.parents[1] / "cassettes" / "examples" / f"{path.stem}_notebook.yaml"
        kernel(recorded(notebook, cassette), os.environ["AIMLAPI_API_KEY"])
        notebook = kernel(nbformat.read(path, as_version=4))
        tidy(notebook)
        nbformat.write(notebook, path)
    committed = outputs(notebook)
    assert outputs(kernel(notebook)) == committed


def recorded(notebook: Any, cassette: Path) -> Any:
    """Return the notebook between two cells that record it; its own cells see a key."""
    start = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from doors.cassettes import recording
_recording = recording({str(cassette)!r})
_recording.__enter__()
"""
    end = "_recording.__exit__(None, None, None)"
    notebook.cells = [new_code_cell(start), *notebook.cells, new_code_cell(end)]
    return notebook


def tidy(notebook: Any) -> None:
    """Remove what differs from run to run."""
    for cell in code_cells(notebook):
        cell.metadata.pop("execution", None)
    notebook.metadata["language_info"] = {"name": "python"}


def test_it_has_the_sections_of_an_integration_page(notebook: Any, path: Path) -> None:
    lines = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown").splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == SECTIONS[
        path.stem
    ]


def test_it_is_valid_and_was_run_from_top_to_bottom_without_an_error(
    notebook: Any, path: Path
) -> None:
    nbformat.validate(notebook)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds == {"stream", "execute_result"}
    silent = [cell.id for cell in cells if not cell.outputs]
    assert silent == SILENT[path.stem]


def test_it_says_that_answers_are_replayed(notebook: Any) -> None:
    first = code_cells(notebook)[0]
    assert first.outputs[0].text == (
        "AIMLAPI_API_KEY is not set: replaying answers recorded from an emulator.\n"
    )
