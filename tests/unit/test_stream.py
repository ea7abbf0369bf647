"""Streams: every habit of the wire, and what comes out of it."""

import pytest
from cases.reading import Case, said_by, streamed
from cases.streams import STREAMS


@pytest.mark.parametrize("case", STREAMS.values(), ids=STREAMS)
def test_stream_is_read_right(case: Case) -> None:
    assert said_by(streamed(case.given)) == case.expected
