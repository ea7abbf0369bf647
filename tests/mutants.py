"""How many small faults in what thinks the tests find: `python -m tests.mutants`.

mutmut writes the mutants (`[tool.mutmut]` in pyproject.toml says of what) and notes which tests
reach them. There are some 14,000, so a random sample is tested; a seed names the same sample until
the code changes. The fast tests run first, see `tests.mutant_forks`. What they do not find is tried
once more with a wider set in a process of its own, since they leave out whole kinds of tests, and
a fork has not imported the mutant. What no test finds is shown to mypy, which is a check of this
project as well: a third of all mutants are faults of types. The share that was found, by which of
them, and the difference of each survivor are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import mutant_forks

MUTANTS = Path("mutants")
WIDER = (
    "tests/unit",
    "tests/responses",
    "tests/standard",
    "tests/integration",
    "tests/account",
    "tests/batches",
    "tests/catalogue",
    "tests/embeddings",
)
"""What a mutant that survives is tried with; the rest of the suite measures, or needs servers."""
LEFT_OUT = (
    "tests/account/test_left_calls.py::test_a_tally_lets_go_of_streams_of_events_that_were_left",
    "tests/responses/test_responses_batches.py::test_a_model_works_in_other_processes",
    "tests/unit/test_answer_facts.py::test_an_answer_of_very_many_choices_costs_little",
    "tests/unit/test_fuzz.py::test_the_cost_of_a_chunk_does_not_grow",
    "tests/unit/test_package.py",
    "tests/unit/test_spellings.py::test_reading_an_error_takes_linear_time",
    "tests/unit/test_sse.py::test_time_is_linear",
    "tests/unit/test_stream_chunks.py::test_names_repeated_with_long_arguments_stay_cheap",
    "tests/unit/test_typical_mistakes.py",
    "tests/unit/test_warnings.py",
)
"""Tests of these that measure time, and would find a mutant on a busy machine, or are slow; tests
that look at the lines of callers, between which mutmut has its own; and one that collects garbage,
and so trips over sockets that the tests before it left.
"""
LONGEST = 1800
"""Seconds after which a mutant counts as found, for it made something endless."""


def main() -> int:
    """Test a sample; return 1 if fewer are found than the goal, 2 if some were not tested."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sample", type=int, default=120, help="how many (120)")
    options.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    options.add_argument("--processes", type=int, default=2, help="at once (2)")
    options.add_argument("--goal", type=float, default=0.95, help="the share to be found (0.95)")
    given = options.parse_args()
    if not _names():
        _mutmut("run", "no mutant has this name")  # writes them, and notes which tests reach which
    names = sorted(_names())
    sample = random.Random(given.seed).sample(names, min(given.sample, len(names)))  # noqa: S311  # no secret
    missed = sorted(set(sample) - _found(sample, given.processes))
    if missed and not (_pass("") and not _pass("fail")):
        print("The wider tests say nothing: they fail without a mutant, or pass with any")  # noqa: T201  # a report
        return 2
    with ThreadPoolExecutor(given.processes) as pool:
        passed = list(pool.map(_pass, missed))
    untested = [name for name, passes in zip(missed, passed, strict=True) if passes]
    if untested and not _is_well_typed(""):
        print("mypy says nothing: it complains without a mutant")  # noqa: T201  # a report
        return 2
    survivors = [name for name in untested if _is_well_typed(name)]
    for name in survivors:
        _mutmut("show", name)
    found, by_tests = len(sample) - len(survivors), len(sample) - len(untested)
    share, fast = found / len(sample), len(sample) - len(missed)
    print(  # noqa: T201  # a report
        f"{share:.1%} of {len(sample)} mutants found (seed {given.seed}): "
        f"{by_tests / len(sample):.1%} by tests ({fast} by the fast ones, {by_tests - fast} more "
        f"by the wider ones), {found - by_tests} more by mypy, {len(survivors)} by none"
    )
    return int(share < given.goal)


def _mutmut(*arguments: str, folder: str = ".") -> None:
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    subprocess.run(command, check=False, cwd=folder)  # noqa: S603  # our own


def _is_well_typed(mutant: str) -> bool:
    """Return whether mypy finds nothing in the package with a mutant in it, "" for none."""
    with TemporaryDirectory() as folder:
        shutil.copytree("langchain_aimlapi", Path(folder, "langchain_aimlapi"))
        shutil.copy("pyproject.toml", folder)
        Path(folder, MUTANTS).symlink_to(MUTANTS.resolve())
        if mutant:
            _mutmut("apply", mutant, folder=folder)
        command = [sys.executable, "-m", "mypy", "--cache-dir", str(Path(".mypy_cache").resolve())]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)  # noqa: S603  # our own
        return done.returncode == 0


def _names() -> set[str]:
    """Return the names of all mutants that are written."""
    files = (json.loads(path.read_text(encoding="utf-8")) for path in MUTANTS.rglob("*.meta"))
    return {name for file in files for name in file["exit_code_by_key"]}


def _found(sample: list[str], processes: int) -> set[str]:
    """Return those of a sample that the fast tests find."""
    found: set[str] = set()
    with TemporaryDirectory() as folder:
        running = []
        for number in range(processes):
            names, answer = (Path(folder, f"{number}.{kind}") for kind in ("names", "found"))
            names.write_text("\n".join(sample[number::processes]), encoding="utf-8")
            more = {mutant_forks.NAMES: str(names), mutant_forks.FOUND: str(answer)}
            tests = ["tests/unit", "tests/responses", *(f"--deselect={test}" for test in LEFT_OUT)]
            running.append((_pytest("", "-p", "tests.mutant_forks", *tests, **more), answer))
        for process, answer in running:
            process.wait()
            if not answer.exists():
                sys.exit("The tests say nothing: they fail without a mutant")
            found |= set(answer.read_text(encoding="utf-8").split())
    return found


def _pass(mutant: str) -> bool:
    """Return whether the wider tests pass with a mutant, "" for none, "fail" for any."""
    process = _pytest(mutant, "-x", *WIDER, *(f"--deselect={test}" for test in LEFT_OUT))
    try:
        return process.wait(LONGEST) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


def _pytest(mutant: str, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    """Start tests on the mutants."""
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--benchmark-disable"]
    return subprocess.Popen(  # noqa: S603  # our own
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=MUTANTS,
        env={**os.environ, "MUTANT_UNDER_TEST": mutant, "PY_IGNORE_IMPORTMISMATCH": "1", **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    sys.exit(main())
