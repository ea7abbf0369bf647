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


@pytest.fixture
def kernel_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Touch no settings of whoever runs the tests."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")


def run(notebook: Any, path: Path, key: str = "") -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIMLAPI_API_KEY", key)
        folder = {"metadata": {"path": str(path.parent)}}
        NotebookClient(notebook, timeout=60, kernel_name="python3", resources=folder).execute()
    return notebook


def outputs(notebook: Any) -> dict[str, list[Any]]:
    """Return what each cell shows; how a stream was cut into pieces does not count."""
    shown: dict[str, list[Any]] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        texts = [output.text for output in cell.outputs if output.output_type == "stream"]
        data = [output.data for output in cell.outputs if output.output_type == "execute_result"]
        assert len(texts) + len(data) >= len(cell.outputs), "a cell failed"
        shown[cell.id] = ["".join(texts), *map(_without_run_ids, data)]
    return shown


def _without_run_ids(data: Any) -> Any:
    """Return what a cell shows without the ids of runs, which LangChain makes up each time."""
    return json.loads(re.sub(r"lc_run--[0-9a-f-]{36}", "lc_run--...", json.dumps(data)))


def recorded(notebook: Any, cassette: Path) -> Any:
    """Return the notebook between two cells that record it."""
    start = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from private import recording
_recording = recording({str(cassette)!r})
_recording.__enter__()
"""
    end = "_recording.__exit__(None, None, None)"
    notebook.cells = [new_code_cell(start), *notebook.cells, new_code_cell(end)]
    return notebook


# The mark lets `make record`, which selects by it, come by here as well.
@pytest.mark.vcr
@pytest.mark.usefixtures("kernel_of_its_own")
@pytest.mark.parametrize("name", ["chat", "embeddings"])
def test_every_cell_shows_what_is_committed(
    pytestconfig: pytest.Config, name: str, record_mode: str
) -> None:
    path = pytestconfig.rootpath / "examples" / f"{name}.ipynb"
    notebook: Any = nbformat.read(path, as_version=4)
    if record_mode != "none":
        cassette = path.parents[1] / "cassettes" / "examples" / f"{name}_notebook.yaml"
        run(recorded(notebook, cassette), path, os.environ["AIMLAPI_API_KEY"])
        notebook = run(nbformat.read(path, as_version=4), path)
        nbformat.write(notebook, path)
    nbformat.validate(notebook)
    committed = outputs(notebook)
    assert outputs(run(notebook, path)) == committed
    assert any("replaying answers" in shown[0] for shown in committed.values())
