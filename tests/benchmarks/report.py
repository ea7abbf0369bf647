"""The tables of SPEED.md, made of what the last run measured; no figure is typed by hand.

usage: python -m tests.benchmarks.report

A table stands between `<!-- bench: NAME -->` and `<!-- end of NAME -->`; the rest of the file is
left as it is.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.benchmarks.contestants import ENDPOINTS, LIMITS
from tests.benchmarks.rows import ROWS, markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "SPEED.md"
RESULTS = ROOT / ".benchmarks"
"""Where each benchmark leaves its figures: `NAME.json`."""
_BUSY = 0.5
"""Load per CPU from which on the machine is called busy."""

NEWER = tuple(row.measure for row in ROWS if row.newer)
"""Rows of long histories and of other endpoints: a table of their own."""


def calls(results: Mapping[str, Any]) -> str:
    """Return the table of what calls cost."""
    return _ratios(results, [row.measure for row in ROWS if not row.newer])


def histories(results: Mapping[str, Any]) -> str:
    """Return the table of long histories and of other endpoints."""
    return _ratios(results, NEWER)


def _ratios(results: Mapping[str, Any], wanted: Sequence[str]) -> str:
    found = {result["measure"]: result for result in results["results"]}
    rows = [row for row in ROWS if row.measure in wanted and row.measure in found]
    named = {name for row in rows for name in found[row.measure]["ratio_to_limit"]}
    packages = [name for name in results["titles"] if name in named and name not in LIMITS]
    lines = [["CPU time or memory / limit", *packages, "goal", "limit"]]
    for row in rows:
        result = found[row.measure]
        if row.limits:
            ratios = (result["ratio_to_limit"].get(name) for name in packages)
            shown = ["-" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
        else:
            shown = [row.shown(result["cpu"].get(name)) for name in packages]
        lines.append([row.measure, *shown, row.wanted, row.shown(result["cpu"].get("limit"))])
    return markdown(lines)


def endpoints(results: Mapping[str, Any]) -> str:
    """Return how our calls on other endpoints compare with those on chat/completions."""
    found = {result["measure"]: result["ours"] for result in results["results"]}

    def ratio(measure: str, base: str) -> str:
        """Return the median of the ratios of each round."""
        both = list(zip(found.get(measure, ()), found.get(base, ()), strict=True))
        return f"{median(figure / other for figure, other in both):.2f}" if both else "-"

    chat, *others = ENDPOINTS.values()
    lines = [[f"CPU time, as a multiple of {chat}", *others, "goal"]]
    for title, way in (("invoke", "invoke"), ("stream: chunk", "stream")):
        shown = (ratio(f"{way} on {name}", f"{way} on {chat}") for name in others)
        lines.append([title, *shown, "1.25"])
    tools = ratio("invoke with 100 messages, 30 tools", "invoke with 100 messages")
    return f"{markdown(lines)}\n\nWith 30 tools, 100 messages cost {tools} of what they do without."


def machine(results: Mapping[str, Any]) -> str:
    """Return where and when was measured, and whether anything else ran there."""
    where = "{python}, {system}, {processor}, {cpus} CPUs".format_map(results["machine"])
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    load = results["load"]
    busy = load > _BUSY * (results["machine"]["cpus"] or 1)
    state = "busy with other work" if busy else "idle otherwise"
    rounds = "1 round" if results["rounds"] == 1 else f"medians of {results['rounds']} rounds"
    return (
        f"{where}; {versions}; {rounds} at scale {results['scale']:g}, on {results['date']}. The "
        f"machine was {state} (load {load:.2f} before the run)."
    )


def open_streams(report: Mapping[str, Any]) -> str:
    """Return the table of streams that are open at the same time."""
    lines = [["open streams", "streams", "CPU a stream", "all ended after", "memory a stream"]]
    lines += [
        [
            title,
            f"{row['streams']:,}" + ("" if row["whole"] == row["streams"] else " (some broke)"),
            f"{row['cpu']:.2f} ms",
            f"{row['wall']:.1f} s",
            f"{row['memory']:.0f} KB",
        ]
        for title, row in report["rows"].items()
    ]
    ratios = report["ratios"]
    ratio = (
        f"Ours takes {report['ratio']:.2f} times the first two rows together, the median of "
        f"{len(ratios)} turns ({ratios[0]:.2f} to {ratios[-1]:.2f}); the goal is 1.5."
    )
    more = f" Not measured: {report['too_many']}." if "too_many" in report else ""
    return f"{markdown(lines)}\n\n{ratio}{more}"


def shortcuts(report: Mapping[str, Any]) -> str:
    """Return the table of what each fast path saves."""
    lines = [["fast path", "row", "CPU time without it"]]
    lines += [[row["title"], row["row"], f"{row['gain']:+.1%}"] for row in report["rows"]]
    return markdown(lines)


def embeddings(report: Mapping[str, Any]) -> str:
    """Return the table of embeddings."""
    lines = [["embeddings of 200 texts, 1,536 numbers each", "CPU time or speed"]]
    lines += [[title, shown] for title, shown in report["shown"].items()]
    return markdown(lines)


TABLES: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "calls": ("results", calls),
    "histories": ("results", histories),
    "endpoints": ("results", endpoints),
    "machine": ("results", machine),
    "open streams": ("open_streams", open_streams),
    "fast paths": ("shortcuts", shortcuts),
    "embeddings": ("embeddings", embeddings),
}
"""By name in the page: the file of figures, and what makes the table of it."""


def between(name: str) -> re.Pattern[str]:
    """Return what finds the table of a name, with its marks, in the page."""
    start, end = re.escape(f"<!-- bench: {name} -->"), re.escape(f"<!-- end of {name} -->")
    return re.compile(f"({start}\n)(.*?)({end})", re.DOTALL)


def tables(results: Path = RESULTS) -> dict[str, str]:
    """Return the tables of all figures that there are."""
    made = {}
    for name, (file, make) in TABLES.items():
        path = results / f"{file}.json"
        if path.exists():
            made[name] = make(json.loads(path.read_text()))
    return made


def write(page: Path = PAGE, results: Path = RESULTS) -> list[str]:
    """Put the tables into the page; return the names of those that were put there.

    Raises:
        ValueError: The page has no place, or several, for a table.
    """
    text, made = page.read_text(), tables(results)
    for name, table in made.items():
        place = between(name)
        count = len(place.findall(text))
        if count != 1:
            raise ValueError(f"{page.name} has {count} places for the table {name!r}, not 1.")
        found = place.search(text)
        assert found is not None
        text = f"{text[: found.end(1)]}{table}\n{text[found.start(3) :]}"
    page.write_text(text)
    return list(made)


def main() -> None:
    sys.stdout.write(f"{PAGE.name} has new tables: {', '.join(write())}\n")


if __name__ == "__main__":
    main()
