"""Draws the chart of SPEED.md from the results of the last run.

usage: python -m tests.benchmarks.chart [RESULTS.json [CHART.svg]]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.contestants import LIMITS, OURS

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / ".benchmarks" / "results.json"
CHART = Path(__file__).with_name("chart.svg")

_COLOURS = {
    OURS: "#0b6e4f",
    "openai": "#7f8c8d",
    "anthropic": "#c0794b",
    "mistralai": "#e0a526",
    "openrouter": "#8e6bbf",
}


def draw(report: dict[str, Any], chart: Path) -> None:
    """Draw one dot per package and row, on a logarithmic scale: 1 is the limit."""
    import matplotlib as mpl  # noqa: PLC0415  # of the environment for benchmarks alone

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "chart"  # the same figures make the same file
    from matplotlib import pyplot as plt  # noqa: PLC0415  # the same

    rows = [row for row in report["results"] if OURS in row["ratio_to_limit"]]
    titles = [row["measure"] for row in rows]
    figure, axes = plt.subplots(figsize=(9, 0.32 * len(rows) + 1.2))
    for title, colour in _COLOURS.items():
        points = [
            (row["ratio_to_limit"][title], place)
            for place, row in enumerate(rows)
            if title in row["ratio_to_limit"] and title not in LIMITS
        ]
        if points:
            ratios, places = zip(*points, strict=True)
            size = 55 if title == OURS else 30
            axes.scatter(ratios, places, s=size, color=colour, label=title, zorder=3)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(titles)), titles)
    axes.invert_yaxis()
    axes.grid(visible=True, axis="both", color="#dddddd", linewidth=0.6)
    axes.set_xlabel("CPU time or memory, as a multiple of the limit (less is better)")
    axes.legend(loc="lower right", frameon=True)
    figure.savefig(chart, bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    paths = [Path(argument) for argument in sys.argv[1:]]
    results, chart = (*paths, *(RESULTS, CHART)[len(paths) :])
    draw(json.loads(results.read_text()), chart)
    sys.stdout.write(f"The chart: {chart}\n")


if __name__ == "__main__":
    main()
