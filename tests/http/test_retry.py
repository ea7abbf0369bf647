"""The retry policy as a table: which failure is repeated, and after how many seconds."""

from __future__ import annotations

import pytest
from doors.wire import (
    FailedAttempt,
    RetryPolicy,
    is_retryable,
    retry_after_seconds,
    should_retry_header,
)

NOW = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT."""


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        *((FailedAttempt(status=status), True) for status in (408, 409, 425, 429)),
        *((FailedAttempt(status=status), True) for status in (500, 502, 503, 504, 520, 529, 599)),
        *((FailedAttempt(status=status), False) for status in (501, 505)),
        *(
            (FailedAttempt(status=status), False)
            for status in (200, 301, 400, 401, 402, 403, 404, 422)
        ),
        (FailedAttempt(transient=True), True),
        (FailedAttempt(transient=False), False),
        (FailedAttempt(status=503, should_retry=False), False),
        (FailedAttempt(status=400, should_retry=True), True),
        (FailedAttempt(transient=False, should_retry=True), True),
    ],
)
def test_which_failures_are_repeated(failure: FailedAttempt, expected: bool) -> None:  # noqa: FBT001  # a column
    assert is_retryable(failure) is expected
    delay = RetryPolicy(1).delay_before(1, failure, lambda: 0.0)
    assert (delay is not None) is expected


@pytest.mark.parametrize(
    ("attempt", "luck", "delay"),
    [
        (1, 0.0, 0.5),
        (4, 0.0, 4.0),
        (5, 0.0, 8.0),
        (6, 0.0, 8.0),
        (1, 1.0, 0.375),
        (5, 0.5, 7.0),
    ],
)
def test_delays_double_up_to_eight_seconds_less_a_quarter_of_luck(
    attempt: int, luck: float, delay: float
) -> None:
    policy = RetryPolicy(max_retries=100)
    assert policy.delay_before(attempt, FailedAttempt(status=500), lambda: luck) == delay


@pytest.mark.parametrize(
    ("asked", "delay"),
    [(0.001, 0.001), (1.0, 1.0), (60.0, 60.0), (60.001, None), (1e9, None), (0.0, 0.5), (-5, 0.5)],
)
def test_the_service_may_ask_for_up_to_a_minute(asked: float, delay: float | None) -> None:
    failure = FailedAttempt(status=429, retry_after=asked)
    assert RetryPolicy(1).delay_before(1, failure, lambda: 0.0) == delay


@pytest.mark.parametrize(("retries", "attempts"), [(0, []), (1, [1]), (2, [1, 2])])
def test_there_are_as_many_repeats_as_asked_for(retries: int, attempts: list[int]) -> None:
    policy = RetryPolicy(retries)
    failure = FailedAttempt(status=500)
    granted = [n for n in range(1, 5) if policy.delay_before(n, failure, lambda: 0.0) is not None]
    assert granted == attempts


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:10 GMT"}, None),
        ({"retry-after": "Tue, 99 Nov 2023 22:13:10 GMT"}, None),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "119"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "3"}, 3.0),
    ],
)
def test_what_headers_ask_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers, now=NOW) == seconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [("true", True), ("TRUE", True), ("false", False), ("maybe", None), ("", None)],
)
def test_x_should_retry(value: str, expected: bool | None) -> None:  # noqa: FBT001  # a column
    assert should_retry_header({"x-should-retry": value}) is expected
    assert should_retry_header({}) is None
