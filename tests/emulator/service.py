"""What every endpoint shares: the state of a server, keys, JSON in and out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from .account import Ledger
from .batches import Batches
from .models import RETIRED
from .prefix_cache import PrefixCache
from .rules import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from starlette.requests import Request

    from .models import Model

Json = dict[str, Any]


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    method: str
    path: str
    query: str
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


def read_json(request: Request) -> Json:
    """Return the body of a request, an object."""
    body = request.state.body
    if not isinstance(body, dict):
        raise Refusal(400, f"Expected object, received {body!r}")
    return dict(body)


def read_call(request: Request, served: Mapping[str, Model]) -> tuple[Json, Model]:
    """Return the body of a request and the model that it asks for, if the endpoint serves it."""
    body = read_json(request)
    name = str(body.get("model"))
    if name in RETIRED:
        raise Refusal(404, f"The model '{name}' has been retired and is no longer available.")
    if name not in served:
        raise Refusal(400, f"Invalid input: model: Invalid enum value, received '{name}'")
    return body, served[name]


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
    return JSONResponse(body, headers={"etag": tag})
