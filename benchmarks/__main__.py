"""Measures everybody who is installed, row by row, and prints the table; see README.md."""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import warnings
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contestants import CONTESTANTS, LIMIT, OURS
from benchmarks.rows import ROWS, Runner, result_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.rows import Result

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("README.md")
START, END = "<!-- table -->", "<!-- end of table -->"
PACKAGES = ("langchain-core", "httpx", "httpx-aiohttp", "langchain-aimlapi", "langchain-openai")
PACKAGES += ("langchain-anthropic", "langchain-mistralai", "langchain-openrouter")


@contextmanager
def server() -> Iterator[str]:
    """Run the server in a process of its own; yield its URL."""
    command = [sys.executable, "-m", "benchmarks.server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # ours
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def allow_many_files() -> None:
    """Let this process open as many connections as the system permits."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", nargs="*", help="only rows whose title starts with one of these")
    parser.add_argument("--only", nargs="*", help="contestants, besides the limit and ours")
    parser.add_argument("--turns", type=int, default=9, help="of each row (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    parser.add_argument("--check", action="store_true", help="fail if a goal is missed")
    options = parser.parse_args()
    if options.write and (options.rows or options.only):
        parser.error("--write needs all rows and contestants: the table is of one run")
    return options


def table(results: Sequence[Result]) -> str:
    """Return the results as Markdown: multiples of the limit, and CPU time of this package."""
    titles = list(dict.fromkeys(title for result in results for title in result.ratios))
    lines = [["CPU time / limit", *titles, "goal", "limit"]]
    for result in results:
        cells = [
            f"{result.ratios[title]:.2f}" if title in result.ratios else "" for title in titles
        ]
        lines.append([result.row.title, *cells, f"{result.row.goal:g}", _shown(result.limit)])
    lines.insert(1, ["---", *["--:"] * (len(lines[0]) - 1)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(seconds: float) -> str:
    return f"{seconds * 1e6:,.0f} us" if seconds < 0.01 else f"{seconds * 1e3:,.0f} ms"


def _machine(turns: int) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    where = f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} CPUs"
    return f"{where}; {versions}; medians of {turns} turns."


def main() -> None:
    options = _options()
    warnings.simplefilter("ignore")
    allow_many_files()
    wanted = {LIMIT, OURS, *(options.only or ())}
    contestants = [
        contestant
        for contestant in CONTESTANTS
        if contestant.installed and (options.only is None or contestant.title in wanted)
    ]
    starts = tuple(options.rows or ("",))
    results = []
    with server() as base:
        runner = Runner(base, options.turns)
        for row in ROWS:
            if row.title.startswith(starts):
                results.append(result_of(row, runner.measure(row, contestants)))
                sys.stderr.write(f"{row.title}\n")
        runner.close()
    misses = [miss for result in results for miss in result.misses]
    made = table(results)
    sys.stdout.write("\n".join([made, "", *(f"missed: {miss}" for miss in misses)]) + "\n")
    if options.write:
        head, _, rest = PAGE.read_text().partition(START)
        foot = rest.partition(END)[2]
        PAGE.write_text(f"{head}{START}\n{made}\n\n{_machine(options.turns)}\n{END}{foot}")
    if options.check and misses:
        sys.exit(1)


if __name__ == "__main__":
    main()
