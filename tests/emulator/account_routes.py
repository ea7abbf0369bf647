"""Routes of the embeddings and of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import account, embeddings
from .service import Json, Service, check_account, json_response, read_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response


async def _embeddings(_: Service, request: Request) -> Response:
    path = request.url.path
    check_account(request)
    made = embeddings.answer(read_json(await request.body(), path), path)
    tokens, credits_used = made["usage"]["total_tokens"], made["meta"]["usage"]["credits_used"]
    request.state.spent = account.Spent(made["model"], tokens, 0, credits_used)
    return json_response(made)


async def _page(service: Service, request: Request) -> Response:
    path, query, ledger = request.url.path, request.query_params, service.ledger
    key = check_account(request)
    pages: dict[str, Callable[[], Json]] = {
        "/v2/billing": lambda: ledger.balance(key),
        "/v2/logs": lambda: ledger.log(key, query, path),
    }
    return json_response(pages[path]())


async def _metrics(_: Service, request: Request) -> Response:
    return json_response(account.metrics(request.query_params))


ROUTES = (
    ("/v1/embeddings", _embeddings, "POST"),
    ("/v2/billing", _page, "GET"),
    ("/v2/logs", _page, "GET"),
    ("/models/metrics", _metrics, "GET"),
)
