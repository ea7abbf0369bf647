"""What the documented targets of the Makefile do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_clean_removes_every_environment_that_targets_and_pages_name(tmp_path: Path) -> None:
    pages = ("Makefile", "CONTRIBUTING.md", "README.md", "WORKS_WITH.md", ".ci/run")
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in pages)
    for pattern in (".venv-3.*", ".venv-%", ".venv-$*"):  # their names stand in full elsewhere
        text = text.replace(pattern, "")
    text = text.replace("$version", "3.13")
    named = {name.rstrip(".") for name in re.findall(r"\.venv[\w.-]*", text)}
    assert {".venv", ".venv313", ".venv-3.13", ".venv-frameworks", ".venv-bench"} <= named
    for name in (*named, ".venv313-wheel", "env-of-somebody", ".venv-of-somebody"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)  # noqa: S607  # the one of the machine
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"Makefile", "env-of-somebody", ".venv-of-somebody"}


def test_git_ignores_every_environment() -> None:
    assert ".venv*/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
