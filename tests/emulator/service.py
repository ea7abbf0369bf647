"""What every endpoint shares: the state of a server, keys and scenarios, JSON in and out."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from . import errors
from .account import Ledger
from .batches import Batches
from .rules import Issue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.requests import Request

Json = dict[str, Any]

_KEY = re.compile(r"Bearer (?P<key>(?:sk-emulator|test)\S*)", re.IGNORECASE)

SCENARIO = "x-emulator-scenario"
"""A request header that plays a scenario, as the same words at the end of a key do:
`no-credits`, `rate-limited`, or `rate-limited-` and the seconds of `Retry-After`."""

_SCENARIO = re.compile(r"(?P<what>no-credits|rate-limited)(?:-(?P<seconds>\d+))?$")


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """Read as JSON; None where there was none."""


@dataclass
class Service:
    """State of one server."""

    chunk_delay: float = 0.0
    """Seconds between two events of a stream."""
    batches: Batches = field(default_factory=lambda: Batches(2))
    ledger: Ledger = field(default_factory=Ledger)
    requests: list[Received] = field(default_factory=list)
    """Everything that was received, oldest first."""
    stored: dict[str, list[Json]] = field(default_factory=dict)
    """Items of a conversation, by the id of the response that they ended with."""
    queries: list[str] = field(default_factory=list)
    """The queries of all requests that had one, oldest first."""


def check_account(request: Request) -> str:
    """Return the key, or raise what an account's key or a scenario is refused with."""
    path = request.url.path
    match = _KEY.fullmatch(request.headers.get("authorization", ""))
    if match is None:
        raise errors.unauthorized(path)
    key: str = match["key"]
    request.state.key = key
    asked = _SCENARIO.search(request.headers.get(SCENARIO, key))
    if asked is None:
        return key
    if asked["what"] == "no-credits":
        raise errors.no_credits(path)
    raise errors.rate_limited(path, asked["seconds"] or "1")


def read_json(raw: bytes, path: str) -> Json:
    """Return the body of a request, an object."""
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise errors.envelope(400, f"Expected JSON, received: {error}", path) from None
    if not isinstance(body, dict):
        kind = type(body).__name__
        raise errors.invalid([Issue((), f"Expected object, received {kind}")], path)
    return body


async def paced(events: list[bytes], delay: float) -> AsyncIterator[bytes]:
    """Yield events with a delay, in seconds, between them."""
    for number, event in enumerate(events):
        if number and delay:
            await asyncio.sleep(delay)
        yield event


def json_response(
    body: Json, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return a body as the response that it is sent in."""
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, headers, media_type="application/json; charset=utf-8")


def cost_headers(spent: Json) -> dict[str, str]:
    """Return the headers that tell what a JSON answer has cost."""
    return {
        "x-aimlapi-credits-used": str(spent["credits_used"]),
        "x-aimlapi-usd-spent": format(spent["usd_spent"], ".10f").rstrip("0").rstrip("."),
    }
