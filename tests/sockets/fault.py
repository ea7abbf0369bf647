"""The columns of the table: a fault, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sockets.server import Script

SHORT = 0.4
"""Seconds: the deadlines of the rows that run into one."""
WITHIN = 15.0
"""Seconds that a row takes at most, on a busy machine; servers that are too slow take longer."""


@dataclass(frozen=True)
class Answers:
    """The call succeeds with this text."""

    text: str = "Hello"


@dataclass(frozen=True)
class Fails:
    """The call ends in this error.

    Attributes:
        kind: Class of the error, exactly.
        status: Its `status_code`.
        says: What its text must contain.
        after: Text that was delivered before it.
        retry_after: Seconds that it passes on.
        retryable: What its `is_retryable` must be.
    """

    kind: type[Exception]
    status: int | None = None
    says: tuple[str, ...] = ()
    after: str = ""
    retry_after: float | None = None
    retryable: bool | None = None


Outcome = Answers | Fails


@dataclass(frozen=True)
class Fault:
    """What the server does, and what must come of it.

    Attributes:
        name: Of the row.
        script: What the server does with each request.
        invoke: What `invoke` and `ainvoke` come to; None where the row is about streams only.
        stream: What `stream` and `astream` come to; None where it is about whole answers only.
        requests: How many requests reach the server, repeats included.
        settings: Fields of the model that the row needs.
    """

    name: str
    script: Script
    invoke: Outcome | None = None
    stream: Outcome | None = None
    requests: int = 1
    settings: dict[str, Any] = field(default_factory=dict)


def always(
    name: str, script: Script, outcome: Outcome, requests: int = 1, **settings: Any
) -> Fault:
    """Make a row that is the same in all four modes."""
    return Fault(name, script, outcome, outcome, requests, settings)


def invoked(
    name: str, script: Script, outcome: Outcome, requests: int = 1, **settings: Any
) -> Fault:
    """Make a row about whole answers."""
    return Fault(name, script, outcome, None, requests, settings)


def streamed(
    name: str, script: Script, outcome: Outcome, requests: int = 1, **settings: Any
) -> Fault:
    """Make a row about streams."""
    return Fault(name, script, None, outcome, requests, settings)
