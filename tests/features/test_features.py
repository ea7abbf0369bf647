"""Every row of the table of features holds for this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from features.probes import PROBES, stage_for
from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.probes import Probe, Stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made: list[ChatAIMLAPI] = []

    def make(**fields: Any) -> ChatAIMLAPI:
        made.append(ChatAIMLAPI(**fields))
        return made[-1]

    with stage_for(make) as opened:
        yield opened
    for model in made:
        model.close()


CASES = [
    pytest.param(probe, model, id=f"{title} - {model}")
    for title, (probe, models) in PROBES.items()
    for model in models
]


@pytest.mark.parametrize(("probe", "model"), CASES)
def test_a_feature_of_the_table(stage: Stage, probe: Probe, model: str) -> None:
    probe(stage, model)


def test_the_table_has_these_rows(pytestconfig: pytest.Config) -> None:
    table = (pytestconfig.rootpath / "FEATURES.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    ours = {row[0].removeprefix("| "): row[1] for row in rows}
    assert ours == {
        title: "yes" if len(models) == 1 else f"{len(models)} of {len(models)}"
        for title, (_, models) in PROBES.items()
    }


def test_the_readme_counts_the_probes(pytestconfig: pytest.Config) -> None:
    readme = (pytestconfig.rootpath / "README.md").read_text(encoding="utf-8")
    assert f"by {len(PROBES)} probes" in readme
