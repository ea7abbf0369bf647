"""Long tables of cases: what each is sent as, and all that comes out of each answer.

Other tests say what matters of a case; these hold everything else where it is.
"""

from __future__ import annotations

from typing import Any

import pytest
from cases.snapshots import FILES, kept, plain

TABLES = {file: make() for file, make in FILES.items()}
KEPT = {file: kept(file) for file in FILES}
ROWS = [
    pytest.param(file, name, row, id=f"{name}, {row}")
    for file, table in KEPT.items()
    for name, rows in table.items()
    for row in rows
]


@pytest.mark.parametrize(("file", "name", "row"), ROWS)
def test_what_comes_out_is_what_came_out(file: str, name: str, row: str) -> None:
    made: Any = TABLES[file][name][row]()
    assert plain(made) == KEPT[file][name][row]


@pytest.mark.parametrize("file", FILES)
def test_no_case_is_left_out(file: str) -> None:
    assert list(TABLES[file]) == list(KEPT[file])
    assert all(KEPT[file].values())
