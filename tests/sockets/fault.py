"""The columns of the table: a fault, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sockets.server import Script

TIMEOUT = 30.0
"""Seconds after which a call gives up that nothing else ends."""
KEY = "sk-live-0123456789abcdef"
HEADER = "hush-hush-0123456789abcdef"
TOKEN = "token-of-a-gateway-0123456789"
SECRETS = {
    "api_key": KEY,
    "default_headers": {"X-Gateway-Key": HEADER, "X-Gateway": f"Bearer {TOKEN}"},
}
"""Settings whose values no error may show, wherever they come back."""
ECHO = f"Not {KEY} with {HEADER} and {TOKEN}."


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
    """

    kind: type[Exception]
    status: int | None = None
    says: tuple[str, ...] = ()
    after: str = ""


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
