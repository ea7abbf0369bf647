"""The service over HTTP: its routes, and what every answer bears."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import account, catalogue, chat, decisions, embeddings, messages, responses, validation
from .answers import answer
from .conversation import Ask, items_of
from .ids import digest_of, uuid
from .models import BY_NAME, ON_MESSAGES, ON_RESPONSES
from .rules import Refusal
from .service import (
    Json,
    Received,
    Service,
    read_call,
    read_json,
    stream_response,
    tagged_response,
)

Endpoint = Callable[[Service, Request], Response | Json]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_KEY = re.compile(r"Bearer (?P<key>(?:sk-emulator|test)\S*)", re.IGNORECASE)


# --- endpoints of chat models ---
def _chat(service: Service, request: Request) -> Response:
    body, model = read_call(request, BY_NAME)
    return _answered(service, request, validation.read_chat(body, model), chat)


def _messages(service: Service, request: Request) -> Response:
    body, model = read_call(request, ON_MESSAGES)
    return _answered(service, request, validation.read_claude(body, model), messages)


def _responses(service: Service, request: Request) -> Response:
    body, model = read_call(request, ON_RESPONSES)
    name = body.get("previous_response_id")
    if name and name not in service.stored:
        error = {
            "message": f"Previous response with id '{name}' not found.",
            "type": "invalid_request_error",
            "param": "previous_response_id",
            "code": "previous_response_not_found",
        }
        raise Refusal(400, error=error)
    earlier = service.stored.get(name, [])
    known = {item["id"] for items in service.stored.values() for item in items if "id" in item}
    ask = validation.read_responses(body, model, earlier, known)
    made = _answered(service, request, ask, responses)
    if body.get("store"):
        whole = request.state.whole
        service.stored[whole["id"]] = [*earlier, *items_of(body), *whole["output"]]
    return made


def _answered(service: Service, request: Request, ask: Ask, endpoint: Any) -> Response:
    """Return the answer to what is asked, in the words of an endpoint."""
    if ask.model.style == "claude":
        ask.cached = service.prefix_cache.look_up(request.state.key, ask.body, ask.model)
    made = answer(ask)
    request.state.spent = ask.model.id, made.usage, made.meta
    request.state.whole = endpoint.whole(made)
    if ask.body.get("stream"):
        return stream_response(endpoint.events(made), service)
    spent = made.meta["usage"]
    cost = {
        "x-aimlapi-credits-used": str(spent["credits_used"]),
        "x-aimlapi-usd-spent": format(spent["usd_spent"], ".10f").rstrip("0").rstrip("."),
    }
    return JSONResponse(request.state.whole, headers=cost)


# --- other endpoints ---
def _paid(read: Callable[[Json], Json]) -> Endpoint:
    """Return an endpoint that answers a body and tells what that has cost."""

    def endpoint(_: Service, request: Request) -> Json:
        made = read(read_json(request))
        request.state.spent = made["model"], made["usage"], made["meta"]
        return made

    return endpoint


def _create_batch(service: Service, request: Request) -> Response:
    return JSONResponse(service.batches.create(read_json(request)), status_code=201)


def _poll_batch(service: Service, request: Request) -> Response:
    content, media_type = service.batches.poll(request.query_params.get("batch_id", ""))
    return Response(content, media_type=media_type)


def _public(read: Callable[[Any], tuple[Json, str]]) -> Endpoint:
    """Return an endpoint that answers a query with a body and the tag of its version."""
    return lambda _, request: tagged_response(request, *read(request.query_params))


def _nothing(_: Service, request: Request) -> Response:
    raise Refusal(404, f"Cannot {request.method} {request.url.path}")


_EVERYTHING = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WITH_A_KEY: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/v1/chat/completions", _chat),
    ("POST", "/v1/messages", _messages),
    ("POST", "/v1/responses", _responses),
    ("POST", "/v1/embeddings", _paid(embeddings.answer)),
    ("POST", "/v1/decisions", _paid(decisions.answer)),
    ("POST", "/v1/batches", _create_batch),
    ("GET", "/v1/batches", _poll_batch),
    ("POST", "/v1/batches/cancel/{name}", lambda s, r: s.batches.cancel(r.path_params["name"])),
    ("GET", "/v2/billing", lambda s, r: s.ledger.balance(r.state.key)),
    ("GET", "/v2/logs", lambda s, r: s.ledger.log(r.state.key, r.query_params)),
)
"""Method, path, endpoint; the first that fits answers."""
WITHOUT: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/v1/models", _public(catalogue.listing)),
    ("GET", "/v1/models/deprecations", _public(catalogue.deprecations)),
    ("GET", "/docs-json", _public(catalogue.document)),
    ("GET", "/models/metrics", lambda _, r: account.metrics(r.query_params)),
    # Wrong methods, too: the service knows no 405.
    *((method, "/{path:path}", _nothing) for method in _EVERYTHING),
)


# --- the whole service ---
def create_app(service: Service) -> Starlette:
    """Return the emulated service as an ASGI application."""

    def route(method: str, path: str, endpoint: Endpoint, *, key: bool) -> Route:
        async def handle(request: Request) -> Response:
            raw = await request.body()
            request.state.body = _json_of(raw)
            return _answer(endpoint, service, request, key=key)

        return Route(path, handle, methods=[method])

    routes = [(row, key) for rows, key in ((WITH_A_KEY, True), (WITHOUT, False)) for row in rows]
    return Starlette(routes=[route(*row, key=key) for row, key in routes])


def _answer(endpoint: Endpoint, service: Service, request: Request, *, key: bool) -> Response:
    """Answer a request, and note it."""
    state, url, headers = request.state, request.url, dict(request.headers)
    service.requests.append(Received(request.method, url.path, url.query, headers, state.body))
    try:
        if key:
            state.key = _key_of(headers)
        made = endpoint(service, request)
        response = made if isinstance(made, Response) else JSONResponse(made)
    except Refusal as refusal:
        response = JSONResponse(refusal.body(url.path), status_code=refusal.status)
    # Deterministic, as everything here: the same request has the same id, unless its sender
    # tells it apart. Anything else than such a name is dropped in silence.
    sent = headers.get("x-client-request-id", "")
    echo = [sent] if _REQUEST_ID.fullmatch(sent) else []
    asked = [request.method, url.path, url.query, state.body, *echo]
    inference_id = uuid(digest_of(asked), "inference")
    response.headers["x-inference-id"] = inference_id
    if echo:
        response.headers["x-client-request-id"] = sent
    if hasattr(state, "spent"):
        service.ledger.note(state.key, state.spent, inference_id, sent if echo else None)
    return response


def _key_of(headers: Json) -> str:
    """Return the key of a request, or refuse a wrong one; the key itself is not repeated."""
    match = _KEY.fullmatch(headers.get("authorization", ""))
    if match is None:
        raise Refusal(401, "Unauthorized: the API key is missing or invalid.")
    return match["key"]


def _json_of(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
