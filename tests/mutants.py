"""How many small faults in what thinks the tests find: `python -m tests.mutants`.

mutmut writes the mutants (`[tool.mutmut]` in pyproject.toml says of what) and runs the tests that
reach each. There are some 13,000, so a random sample is tested; a seed names the same sample until
the code changes. The share that was found and the difference of each survivor are printed.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

MUTANTS = Path("mutants")
SURVIVED = (0, 33)  # exit codes of mutmut: the tests passed, or none reaches the mutant


def main() -> int:
    """Test a sample; return 1 if fewer are found than the goal, 2 if some were not tested."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sample", type=int, default=120, help="how many (120)")
    options.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    options.add_argument("--processes", type=int, default=1, help="at once (1)")
    options.add_argument("--goal", type=float, default=0.95, help="the share to be found (0.95)")
    given = options.parse_args()
    run = ["run", "--max-children", str(given.processes)]
    if not _codes():
        _mutmut(*run, "no mutant has this name")  # writes them, and notes which tests reach which
    names = sorted(_codes())
    sample = random.Random(given.seed).sample(names, min(given.sample, len(names)))  # noqa: S311  # no secret
    _mutmut(*run, *sample)
    codes = _codes()
    if untested := [name for name in sample if codes.get(name) is None]:
        print(f"{len(untested)} of {len(sample)} mutants were not tested: see above")  # noqa: T201  # a report
        return 2
    survivors = [name for name in sample if codes[name] in SURVIVED]
    for name in survivors:
        _mutmut("show", name)
    share = 1 - len(survivors) / len(sample)
    print(f"{share:.1%} of {len(sample)} mutants found (seed {given.seed})")  # noqa: T201  # a report
    return int(share < given.goal)


def _mutmut(*arguments: str) -> None:
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    subprocess.run(command, check=False)  # noqa: S603  # our own


def _codes() -> dict[str, int | None]:
    """Return every mutant with its exit code, None before it was tested."""
    found: dict[str, int | None] = {}
    for path in MUTANTS.rglob("*.meta"):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


if __name__ == "__main__":
    sys.exit(main())
