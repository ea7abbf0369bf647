"""What every endpoint shares: the state of a server, keys, JSON in and out."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from .account import Ledger
from .batches import Batches
from .errors import Refusal, refuse
from .models import RETIRED
from .prefix_cache import PrefixCache
from .rules import Issue, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from starlette.requests import Request

    from .models import Model

Json = dict[str, Any]

_KEY = re.compile(r"Bearer (?P<key>(?:sk-emulator|test)\S*)", re.IGNORECASE)


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
    prefix_cache: PrefixCache = field(default_factory=PrefixCache)
    requests: list[Received] = field(default_factory=list)
    """Everything that was received, oldest first."""
    stored: dict[str, list[Json]] = field(default_factory=dict)
    """Items of a conversation, by the id of the response that they ended with."""
    queries: list[str] = field(default_factory=list)
    """The queries of all requests that had one, oldest first."""


def check_account(request: Request) -> None:
    """Keep the key of a request, or refuse a wrong one; the key itself is not repeated."""
    match = _KEY.fullmatch(request.headers.get("authorization", ""))
    if match is None:
        raise Refusal(401, "Unauthorized: the API key is missing or invalid.")
    request.state.key = match["key"]


def read_json(request: Request) -> Json:
    """Return the body of a request, an object."""
    try:
        body = json.loads(request.state.raw)
    except ValueError as error:
        raise Refusal(400, f"Expected JSON, received: {error}") from None
    if not isinstance(body, dict):
        refuse([Issue((), f"Expected object, received {body!r}")])
    return dict(body)


def read_call(request: Request, served: Mapping[str, Model]) -> tuple[Json, Model]:
    """Return the body of a request and the model that it asks for, if the endpoint serves it."""
    body = read_json(request)
    name = body.get("model")
    if name in RETIRED:
        raise Refusal(404, f"The model '{name}' has been retired and is no longer available.")
    refuse(text(*served)(name, ("model",)))
    return body, served[str(name)]


def json_response(
    body: Json, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return a body as the response that it is sent in."""
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, headers, media_type="application/json; charset=utf-8")


def stream_response(events: Iterable[bytes], service: Service) -> Response:
    """Return events as the response that they are sent in."""

    async def paced() -> AsyncIterator[bytes]:
        for number, event in enumerate(events):
            if number and service.chunk_delay:
                await asyncio.sleep(service.chunk_delay)
            yield event

    return StreamingResponse(paced(), media_type="text/event-stream")


def tagged_response(request: Request, body: Json, tag: str) -> Response:
    """Return a body with the tag of its version, or that it is still that one."""
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return json_response(body, headers={"etag": tag})


def cost_headers(spent: Json) -> dict[str, str]:
    """Return the headers that tell what a JSON answer has cost."""
    return {
        "x-aimlapi-credits-used": str(spent["credits_used"]),
        "x-aimlapi-usd-spent": format(spent["usd_spent"], ".10f").rstrip("0").rstrip("."),
    }
