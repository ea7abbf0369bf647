"""Measures everybody who is installed, in alternating rounds, and prints the tables.

Behind the rounds come the benchmarks of open streams and embeddings. With `--write`
the tables of SPEED.md and its chart are made of the figures.

Every figure is from a fresh process. CPU time is what counts: the wall clock of a shared machine
tells more about its other users. A ratio compares figures of the same round; shown is the median.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import report as pages
from tests.benchmarks.chart import CHART, draw
from tests.benchmarks.contestants import CONTESTANTS, LIMITS, OURS
from tests.benchmarks.rows import ROWS, result_of, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.contestants import Contestant
    from tests.benchmarks.rows import Round

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / ".benchmarks" / "results.json"
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT", "PYTHONPATH")
"""Settings of the machine that a measured process sees: no proxies, no keys, no tracing."""
_ENVIRONMENT = {name: os.environ[name] for name in _KEPT if name in os.environ}
_ENVIRONMENT["PYTHONWARNINGS"] = "ignore"

_IMPORT = """
from time import perf_counter, process_time
wall, cpu = perf_counter(), process_time()
{}
cpu, wall = process_time() - cpu, perf_counter() - wall
print('{{"import": [%f, %f]}}' % (cpu, wall))
"""
_IMPORTS = 5
MORE = ("open_streams", "embeddings")
"""Benchmarks of their own, which leave their figures beside ours."""
STAGES = ("import", "init", "calls", "histories", "endpoints", "long")
_DISTRIBUTIONS = (
    "langchain-core",
    "httpx",
    "pydantic",
    "langchain-aimlapi",
    "langchain-openai",
    "langchain-anthropic",
    "langchain-mistralai",
    "langchain-openrouter",
)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, this package alone")
    parser.add_argument("--rounds", type=int, help="rounds; medians are taken over them")
    parser.add_argument("--scale", type=float, help="calls and chunks, 1 for all of them")
    parser.add_argument("--only", help="contestants besides the limits, separated by commas")
    parser.add_argument("--stages", default=",".join(STAGES), help="any of %(default)s")
    parser.add_argument("--json", type=Path, default=RESULTS, help="default: %(default)s")
    parser.add_argument("--more", help="any of open_streams,embeddings; default: all")
    parser.add_argument("--write", action="store_true", help="the tables of SPEED.md, its chart")
    parser.add_argument("--check", action="store_true", help="fail if a goal is missed")
    options = parser.parse_args()
    if options.write and options.stages != ",".join(STAGES):
        parser.error("--write needs all stages: the tables of SPEED.md are of one run")
    options.rounds = options.rounds or (2 if options.quick else 3)
    options.scale = options.scale or 0.2
    if options.more is None:
        options.more = "" if options.quick else ",".join(MORE)
    options.only = options.only or (OURS if options.quick else ",".join(CONTESTANTS))
    return options


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # ours
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def _run(*arguments: str) -> Any:
    """Run Python and return what it wrote."""
    done = subprocess.run(  # noqa: S603  # our own workers
        [sys.executable, *arguments],
        cwd=ROOT,
        env=_ENVIRONMENT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def _measure(stage: str, contestant: Contestant, base: str, scale: float) -> Any:
    if stage == "import":
        return _run("-c", _IMPORT.format(contestant.statement))
    share = str(scale * contestant.share)
    return _run("-m", "tests.benchmarks.worker", stage, contestant.title, base, share)


def _least(earlier: Any, latest: Any) -> Any:
    """Return the less of what two runs measured: what else the machine does only adds to it."""
    return {name: min(figures, earlier.get(name, figures)) for name, figures in latest.items()}


def _rounds(
    stages: list[str], contestants: list[Contestant], base: str, options: argparse.Namespace
) -> list[Round]:
    for contestant in contestants:
        _measure("import", contestant, base, 1)  # so that all modules are compiled
    rounds: list[Round] = []
    for number in range(options.rounds):
        measured: Round = {contestant.title: {} for contestant in contestants}
        rounds.append(measured)
        for stage in stages:
            taking_part = [each for each in contestants if each.takes_part(stage, number)]
            # A run of half a second shows most what else the machine does: it has several turns.
            turns = _IMPORTS if stage == "import" else 1
            for contestant in taking_part * turns:
                _say(f"round {number + 1} of {options.rounds}: {stage}, {contestant.title}")
                figures = _measure(stage, contestant, base, options.scale)
                found = measured[contestant.title]
                found.update(_least(found, figures))
        contestants.reverse()  # who comes first changes from round to round
    _say("")
    return rounds


def _say(what: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{what}")


def _machine() -> dict[str, Any]:
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "processor": names[0] if names else platform.processor(),
        "cpus": os.cpu_count(),
    }


def _versions() -> dict[str, str]:
    installed = {distribution.name: distribution.version for distribution in distributions()}
    return {name: installed[name] for name in _DISTRIBUTIONS if name in installed}


def main() -> None:
    options = _options()
    wanted = {*LIMITS, *options.only.split(",")}
    contestants = [
        contestant
        for title, contestant in CONTESTANTS.items()
        if title in wanted and contestant.installed
    ]
    titles = [contestant.title for contestant in contestants]
    load = os.getloadavg()[0]
    with _server() as base:
        rounds = _rounds(options.stages.split(","), contestants, base, options)
        opened = {
            title: _run("-m", "tests.benchmarks.probe", title)
            for title in titles
            if title not in LIMITS
        }
    results = [result_of(row, rounds) for row in ROWS]
    results = [result for result in results if result.cpu]
    misses = [miss for result in results for miss in result.misses]
    misses += [f"construction opens {kind}" for kind in opened.get(OURS, {}).get("first", {})]
    machine, versions = _machine(), _versions()
    lines = [
        "{python}, {system}, {processor}, {cpus} CPUs".format_map(machine),
        ", ".join(f"{name} {number}" for name, number in versions.items()),
        f"{options.rounds} rounds at scale {options.scale:g}",
        "",
        tables(results, titles),
        "",
        *(_opening(title, found["first"]) for title, found in opened.items()),
        "",
        *(f"missed: {miss}" for miss in misses),
    ]
    sys.stdout.write("\n".join(lines).rstrip() + "\n")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "machine": machine,
        "versions": versions,
        "titles": titles,
        "date": datetime.now(timezone.utc).strftime("%d %B %Y").lstrip("0"),
        "load": load,
        "rounds": options.rounds,
        "scale": options.scale,
        "results": [result.as_dict() for result in results],
        "opened_by_construction": opened,
        "missed": misses,
    }
    options.json.write_text(json.dumps(report, indent=2) + "\n")
    for name in filter(None, options.more.split(",")):
        arguments = [sys.executable, "-W", "ignore", "-m", f"tests.benchmarks.{name}"]
        path = options.json.with_name(f"{name}.json")
        sys.stdout.write("\n")
        sys.stdout.flush()
        subprocess.run([*arguments, "--json", path], cwd=ROOT, env=_ENVIRONMENT, check=True)  # noqa: S603  # ours
    if options.write:
        names = pages.write(results=options.json.parent)
        draw(report, CHART)
        sys.stdout.write(f"\nSPEED.md has new tables: {', '.join(names)}; and {CHART.name}\n")
    if options.check and misses:
        sys.exit(1)


def _opening(title: str, opened: dict[str, list[str]]) -> str:
    counts = ", ".join(f"{len(found)} {kind}" for kind, found in opened.items())
    return f"The first construction opens, {title}: {counts or 'nothing'}"


if __name__ == "__main__":
    main()
