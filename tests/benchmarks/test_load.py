"""The load script, with few calls: each ends as the server means it to end, and is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import dead_connections
from benchmarks.load import Tally, astreams, invokes, server, threads
from benchmarks.load_server import CHUNKS, EVERY, expected_text
from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE_OF_EACH = 6 * EVERY


@pytest.fixture(scope="module")
def model() -> Iterator[ChatAIMLAPI]:
    with server() as base, ChatAIMLAPI(model="load/model", api_key="k", base_url=base) as made:
        yield made


def test_every_call_ends_in_its_answer_or_in_a_typed_error(model: ChatAIMLAPI) -> None:
    ends = invokes(model, ONE_OF_EACH).ends
    faulty = {"MalformedResponseError": 1, "InvalidRequestError": 1}
    assert ends == {"right": ONE_OF_EACH - 2, **faulty}
    ends = threads(model, 6, EVERY, first=ONE_OF_EACH).ends
    assert ends == {"right": ONE_OF_EACH - 2, **faulty}
    ends = astreams(model, ONE_OF_EACH, first=2 * ONE_OF_EACH).ends
    faulty = {"StreamInterruptedError": 1, "InvalidRequestError": 1}
    assert ends == {"right": ONE_OF_EACH - 2, **faulty}


def test_a_connection_that_died_while_idle_costs_no_retry_and_no_delay(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with server() as base:
        assert dead_connections.run(base, 5)
    assert capsys.readouterr().out.count("none was repeated") == 4


@pytest.mark.parametrize(
    ("number", "text", "end"),
    [
        (7, expected_text(7, CHUNKS), "right"),
        (7, expected_text(7, CHUNKS - 1), "MIXED UP"),
        (7, expected_text(8, CHUNKS), "MIXED UP"),
    ],
)
def test_an_answer_of_another_call_is_found(number: int, text: str, end: str) -> None:
    tally = Tally(stream=True)
    tally.answered(number, text)
    assert tally.ends == {end: 1}
    assert tally.sound is (end == "right")


def test_an_error_where_an_answer_was_due_is_found() -> None:
    tally = Tally(stream=False)
    tally.failed(7, InvalidRequestError("no"))
    assert tally.ends == {"UNEXPECTED InvalidRequestError": 1}
    assert not tally.sound
