"""What the service says of its models beside the catalogue: retirements, and a document each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from . import errors
from .catalogue import TYPE
from .ids import digest_of
from .models import BY_NAME
from .service import json_response

if TYPE_CHECKING:
    from starlette.requests import Request

    from .service import Service

Json = dict[str, Any]

STATUSES = ("deprecated", "superseded", "withdrawn")
_SUPERSEDED = {
    "id": "aura-2-zeus-en",
    "aliases": ["deepgram/aura-2-zeus-en", "#g1_aura-2-zeus-en"],
    "status": "superseded",
    "deprecated_at": "2026-06-26",
    "shutdown_at": None,
    "replaced_by": "deepgram/aura-2",
    "reason": "consolidated",
}
_WITHDRAWN = {
    "id": "openai/gpt-5.3-chat",
    "aliases": ["gpt-5.3-chat"],
    "status": "withdrawn",
    "deprecated_at": "2026-08-10",
    "shutdown_at": "2026-08-10",
    "replaced_by": "openai/gpt-5.3-codex",
    "reason": "provider_delisted",
}
# Both as the page of `GET /v1/models/deprecations` has them; this one is made up.
_DEPRECATED = {
    "id": "openai/gpt-4o",
    "aliases": ["gpt-4o"],
    "status": "deprecated",
    "deprecated_at": "2026-07-30",
    "shutdown_at": None,
    "replaced_by": None,
    "reason": None,
}
ROWS: tuple[Json, ...] = (_WITHDRAWN, _DEPRECATED, _SUPERSEDED)


async def _deprecations(_: Service, request: Request) -> Response:
    asked = request.query_params.get("status", "").lower().split(",")
    wanted = {status for status in asked if status in STATUSES} or set(STATUSES)
    since = request.query_params.get("since")
    rows = [
        row
        for row in ROWS
        if row["status"] in wanted
        and (not since or max(row["deprecated_at"] or "", row["shutdown_at"] or "") >= since)
    ]
    # The tag is weak and is that of the rows alone: the time of the answer is another each time.
    body = {"object": "list", "generated_at": "2026-08-24T13:59:21.643Z", "data": rows}
    return _tagged(request, body, f'W/"{digest_of(rows)[:27]}"')


async def _document(_: Service, request: Request) -> Response:
    model = BY_NAME.get(request.query_params.get("model", ""))
    if model is None or request.query_params.get("endpoint", TYPE) != TYPE:
        raise errors.not_found(request.method, request.url.path)
    known: Json = {"reasoning_effort": {"type": "string", "enum": ["low", "high", "newest"]}}
    fields = {name: known.get(name, {}) for name in sorted(model.parameters)}
    schema = {"type": "object", "properties": {"model": {}, "messages": {}, **fields}}
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    document = {"openapi": "3.0.0", "paths": {"/v1/chat/completions": {"post": body}}}
    return _tagged(request, document, f'"{digest_of(document)[:27]}"')


def _tagged(request: Request, body: Json, tag: str) -> Response:
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return json_response(body, headers={"etag": tag})


ROUTES = (("/v1/models/deprecations", _deprecations), ("/docs-json", _document))
