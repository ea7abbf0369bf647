"""The rows of the table: what is measured, what limits it, and which ratio is the goal."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.benchmarks.contestants import ENDPOINTS, LIMITS, OURS
from tests.benchmarks.histories import LENGTHS, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Round = dict[str, dict[str, list[float]]]
"""By contestant and measure: CPU and wall seconds, or bytes. A contestant may sit out."""

_UNITS = {"ms": 1e3, "us": 1e6, "MB": 1e-6, "kB": 1e-3}
_BYTES = frozenset({"MB", "kB"})


@dataclass(frozen=True)
class Row:
    """A measure.

    Attributes:
        measure: Its name, and that of its figures.
        unit: In which figures are shown.
        limits: Whose figures make up the limit, added up.
        goal: Greatest ratio to the limit that this package may have; None for no goal.
        most: Greatest figure, in seconds or bytes, that it may have instead.
        newer: It is a row of long histories or of another endpoint.
    """

    measure: str
    unit: str = "us"
    limits: tuple[str, ...] = LIMITS
    goal: float | None = None
    most: float | None = None
    newer: bool = False

    @property
    def wanted(self) -> str:
        """The goal of this package, as it is shown."""
        if self.most is not None:
            return self.shown(self.most)
        return "-" if self.goal is None else f"{self.goal:.2f}"

    def shown(self, figure: float | None) -> str:
        if figure is None:
            return "-"
        figure *= _UNITS[self.unit]
        digits = 0 if figure >= 100 else 1
        return f"{figure:.{digits}f} {self.unit}"


_FRAMEWORK = ("floor",)
_WAYS = ("invoke", "stream")
ROWS = (
    Row("import", "ms", _FRAMEWORK, goal=1.10),
    Row("construction", "us", _FRAMEWORK, most=0.3e-3),
    Row("invoke", goal=1.5),
    Row("ainvoke", goal=1.5),
    Row("abatch of 500, 50 at once", goal=1.5),
    Row("stream, 1 chunk per read", goal=1.5),
    Row("stream, 50 chunks per read", goal=1.5),
    Row("astream, 1 chunk per read", goal=1.5),
    Row("astream, 50 chunks per read", goal=1.5),
    Row("stream of tool calls"),
    Row("stream of reasoning"),
    Row("stream_events v3"),
    Row("astream_events v3"),
    *(Row(title_of(length), newer=True) for length in LENGTHS[:2]),
    Row(title_of(LENGTHS[1], tools=True), newer=True),
    Row(title_of(LENGTHS[2]), goal=2.0, newer=True),
    *(Row(f"{way} on {name}", newer=True) for way in _WAYS for name in ENDPOINTS.values()),
    *(Row(f"1,000 messages on {kind}", goal=2.0, newer=True) for kind in ("responses", "messages")),
    Row("chunk, stream of 1k"),
    Row("chunk, stream of 100k"),
    Row("memory after init", "MB", _FRAMEWORK),
    Row("memory of a model", "kB", (), most=3.5e3),
    Row("memory, stream of 100k", "MB", _FRAMEWORK, goal=1.0),
)


@dataclass(frozen=True)
class Result:
    """What was measured for a row: medians over the rounds, by contestant.

    Attributes:
        ours: CPU seconds or bytes of this package, round by round.
    """

    row: Row
    ratios: Mapping[str, float]
    cpu: Mapping[str, float]
    wall: Mapping[str, float]
    ours: Sequence[float]

    @property
    def limit(self) -> float | None:
        return self.cpu.get("limit")

    @property
    def misses(self) -> Iterator[str]:
        """Say which goals this package misses here."""
        ratio, figure = self.ratios.get(OURS), self.cpu.get(OURS)
        if figure is None:
            return
        if ratio is not None and self.row.goal is not None and ratio > self.row.goal:
            yield f"{self.row.measure}: {ratio:.2f}, the goal is {self.row.goal:.2f}"
        if self.row.most is not None and figure > self.row.most:
            yield f"{self.row.measure}: {self.row.shown(figure)}, the goal is {self.row.wanted}"
        for title, other in self.cpu.items():
            if title not in {OURS, "limit", *LIMITS} and other < figure:
                yield f"{self.row.measure}: {title} is ahead"

    def as_dict(self) -> dict[str, Any]:
        return {
            "measure": self.row.measure,
            "kind": "bytes" if self.row.unit in _BYTES else "seconds",
            "goal": self.row.goal,
            "at_most": self.row.most,
            "ratio_to_limit": dict(self.ratios),
            "cpu": dict(self.cpu),
            "wall": dict(self.wall),
            "ours": list(self.ours),
        }


def result_of(row: Row, rounds: Sequence[Round]) -> Result:
    """Put rounds together. A ratio is that of one round: the machine changes between rounds."""
    ratios: dict[str, list[float]] = {}
    figures: tuple[dict[str, list[float]], ...] = ({}, {})
    for measured in rounds:
        mine = {
            title: found[row.measure] for title, found in measured.items() if row.measure in found
        }
        if row.limits and all(title in mine for title in row.limits):
            mine["limit"] = [sum(mine[title][which] for title in row.limits) for which in (0, 1)]
        for title, both in mine.items():
            for which, kept in enumerate(figures):
                kept.setdefault(title, []).append(both[which])
            if "limit" in mine and title not in {"limit", *LIMITS}:
                ratios.setdefault(title, []).append(both[0] / mine["limit"][0])
    cpu, wall = ({title: median(all_) for title, all_ in kept.items()} for kept in figures)
    ours = figures[0].get(OURS, [])
    return Result(row, {title: median(all_) for title, all_ in ratios.items()}, cpu, wall, ours)


def tables(results: Sequence[Result], titles: Sequence[str]) -> str:
    """Return the ratios, and then the figures behind them, as Markdown."""
    packages = [title for title in titles if title not in LIMITS]
    ratios = [["CPU time or memory / limit", *packages, "goal", "limit"]]
    figures = [["CPU time or memory", *titles, f"{OURS}, wall"]]
    for result in results:
        row = result.row
        shares = (result.ratios.get(title) for title in packages)
        cells = ["-" if share is None else f"{share:.2f}" for share in shares]
        ratios.append([row.measure, *cells, row.wanted, row.shown(result.limit)])
        wall = "-" if row.unit in _BYTES else row.shown(result.wall.get(OURS))
        cells = [row.shown(result.cpu.get(title)) for title in titles]
        figures.append([row.measure, *cells, wall])
    return f"{markdown(ratios)}\n\n{markdown(figures)}"


def markdown(lines: list[list[str]]) -> str:
    """Return lines of cells as a table, the first of them as its head."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    head, *rest = (
        [cell.ljust(width) if at == 0 else cell.rjust(width)
         for at, (cell, width) in enumerate(zip(line, widths, strict=True))]
        for line in lines
    )  # fmt: skip
    rule = ["-" * width if at == 0 else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *rest))
