"""What is built holds what belongs to it and no file beside it, and is twice the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STRAYS = (
    ".env",
    "notes.txt",
    "langchain_aimlapi/.env",
    "langchain_aimlapi/_http/notes.txt",
    "tests/.env",
    "tests/unit/dump.json",
    "cassettes/key.txt",
    "examples/.env.local",
    "examples/answers.csv",
)
SECRET = "sk-somebodys-own-key"  # made up, to be looked for


def build(place: Path, born: float) -> dict[str, bytes]:
    """Build in a copy of the source that has stray files; return the files by name."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "dist", "build", "mutants", "answers")
    shutil.copytree(ROOT, place, ignore=left_out)
    shutil.copy(ROOT / ".gitignore", place)
    for stray in STRAYS:
        (place / stray).write_text(SECRET, encoding="utf-8")
    for path in place.rglob("*"):
        os.utime(path, (born, born))
    environment = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    subprocess.run(  # our own build
        [sys.executable, "-m", "hatchling", "build", "--directory", "out"],
        cwd=place,
        env=environment,
        capture_output=True,
        check=True,
    )
    return {path.name: path.read_bytes() for path in (place / "out").iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    place = tmp_path_factory.mktemp("built") / "first"
    return place, build(place, 1_600_000_000)


def wheel_of(place: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next((place / "out").glob("*.whl")))


def members(place: Path) -> dict[str, list[str]]:
    """Return the names in the wheel and in the sdist, the latter without its folder."""
    with wheel_of(place) as wheel, tarfile.open(next((place / "out").glob("*.tar.gz"))) as sdist:
        return {
            "wheel": wheel.namelist(),
            "sdist": [name.partition("/")[2] for name in sdist.getnames()],
        }


def test_files_that_lie_beside_the_code_do_not_get_in(built: tuple[Path, dict[str, bytes]]) -> None:
    place, _ = built
    found = members(place)
    assert not set(STRAYS) & {*found["wheel"], *found["sdist"]}
    assert not [name for names in found.values() for name in names if Path(name).name == ".env"]
    with tarfile.open(next((place / "out").glob("*.tar.gz"))) as sdist:
        for member in sdist.getmembers():
            held = sdist.extractfile(member)
            # This file has the word too.
            assert (
                held is None
                or member.name.endswith("test_build.py")
                or (SECRET.encode() not in held.read())
            )


def test_both_hold_what_belongs_to_them(built: tuple[Path, dict[str, bytes]]) -> None:
    found = members(built[0])
    tracked = {
        path.relative_to(ROOT).as_posix()
        for folder in ("langchain_aimlapi", "tests", "cassettes", "examples")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".yaml", ".ipynb", ".md", ".typed", ".ambr", ".svg", ".jsonl"}
    }
    package = {name for name in tracked if name.startswith("langchain_aimlapi/")}
    assert {name for name in found["wheel"] if ".dist-info/" not in name} == package
    assert not tracked - set(found["sdist"])
    assert {"pyproject.toml", "Makefile", "LICENSE", "README.md"} <= set(found["sdist"])


def test_two_builds_are_equal_byte_for_byte(
    built: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    again = build(tmp_path / "somewhere else", 1_700_000_000)
    assert again == built[1]
    assert len(again) == 2


def test_an_index_shows_all_files_that_the_readme_names(
    built: tuple[Path, dict[str, bytes]],
) -> None:
    with wheel_of(built[0]) as wheel:
        name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        shown = wheel.read(name).decode().partition("\n\n")[2]
    for page in ROOT.glob("*.md"):
        head = page.read_text(encoding="utf-8").splitlines()[0]
        assert (head in shown.splitlines()) == (page.name != "CONTRIBUTING.md"), page.name
    assert "](ENDPOINTS.md)" not in shown
    assert "`ENDPOINTS.md` says which model takes what" in shown
    assert "[AI/ML API](https://aimlapi.com)" in shown


# --- make ---


@pytest.mark.parametrize("given", ["argument", "environment"])
def test_make_clean_leaves_a_virtual_environment_that_is_not_ours(
    tmp_path: Path, given: str
) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("own", "own-wheel", ".venv", ".venv-wheel", "dist"):
        (tmp_path / name).mkdir()
    arguments = ["VENV=own"] if given == "argument" else []
    environment = {**os.environ, **({"VENV": "own"} if given == "environment" else {})}
    subprocess.run(  # noqa: S603  # our own Makefile
        ["make", "clean", *arguments],  # noqa: S607  # as users do
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Makefile", "own", "own-wheel"]


def test_make_build_removes_nothing_that_has_the_name_of_another_environment(
    tmp_path: Path,
) -> None:
    planned = subprocess.run(  # noqa: S603  # our own Makefile
        ["make", "--dry-run", "build", f"VENV={tmp_path}/own"],  # noqa: S607  # as users do
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    removed = [line for line in planned.splitlines() if line.startswith("rm ")]
    assert removed
    assert not [line for line in removed if "own" in line]


def test_make_build_builds_the_last_commit_only() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nbuild:")[2]
    recipe = recipe.partition("\n\n")[0]
    assert "git archive HEAD" in recipe
    assert "SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct)" in recipe
