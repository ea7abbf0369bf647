"""What the service says of its models beside the catalogue: retirements, and a document each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .catalogue import TYPE
from .errors import not_found
from .ids import digest_of
from .models import BY_NAME
from .service import tagged_response

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from .service import Service

Json = dict[str, Any]

STATUSES = ("deprecated", "superseded", "withdrawn")
_FIELDS = ("id", "aliases", "status", "deprecated_at", "shutdown_at", "replaced_by", "reason")
ROWS: tuple[Json, ...] = tuple(dict(zip(_FIELDS, row, strict=True)) for row in (
    ("openai/gpt-5.3-chat", ["gpt-5.3-chat"], "withdrawn", "2026-08-10", "2026-08-10",
     "openai/gpt-5.3-codex", "provider_delisted"),
    ("openai/gpt-4o", ["gpt-4o"], "deprecated", "2026-07-30", None, None, None),
    ("aura-2-zeus-en", ["deepgram/aura-2-zeus-en", "#g1_aura-2-zeus-en"], "superseded",
     "2026-06-26", None, "deepgram/aura-2", "consolidated"),
))  # fmt: skip
"""As the page of `GET /v1/models/deprecations` has them; the one of gpt-4o is made up."""


def _deprecations(_: Service, request: Request) -> Response:
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
    return tagged_response(request, body, f'W/"{digest_of(rows)[:27]}"')


def _document(_: Service, request: Request) -> Response:
    model = BY_NAME.get(request.query_params.get("model", ""))
    if model is None or request.query_params.get("endpoint", TYPE) != TYPE:
        raise not_found(request)
    known: Json = {"reasoning_effort": {"type": "string", "enum": ["low", "high", "newest"]}}
    fields = {name: known.get(name, {}) for name in sorted(model.parameters)}
    schema = {"type": "object", "properties": {"model": {}, "messages": {}, **fields}}
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    document = {"openapi": "3.0.0", "paths": {"/v1/chat/completions": {"post": body}}}
    return tagged_response(request, document, f'"{digest_of(document)[:27]}"')


ROUTES = (("/v1/models/deprecations", _deprecations), ("/docs-json", _document))
