"""The service over HTTP: its routes, and what every answer bears."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import (
    account,
    bodies,
    catalogue,
    conversation,
    decisions,
    embeddings,
    errors,
    live_facts,
    messages_answers,
    responses_answers,
    streams,
    validation,
)
from .ids import digest_of, uuid
from .models import BY_NAME, ON_MESSAGES, ON_RESPONSES
from .service import (
    Json,
    Received,
    Service,
    check_account,
    cost_headers,
    json_response,
    read_call,
    read_json,
    stream_response,
    tagged_response,
)

if TYPE_CHECKING:
    from .models import Model

Endpoint = Callable[[Service, Request], Response | Json]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


# --- endpoints of chat models ---
def _read(
    service: Service, request: Request, body: Json, model: Model, *, claude_messages: bool
) -> conversation.Ask:
    """Read a valid body, and what the cache has of it."""
    ask = conversation.read(body, model, claude_messages=claude_messages)
    if model.style == "claude":
        key = request.state.key
        ask.cached = service.prefix_cache.look_up(key, body, model, claude_messages=claude_messages)
    return ask


def _chat(service: Service, request: Request) -> Response:
    body, model = read_call(request, BY_NAME)
    claude_messages, issues = validation.check_chat(body, model)
    errors.refuse(issues)
    reply = bodies.reply_to(_read(service, request, body, model, claude_messages=claude_messages))
    counts, spent = reply.usage, reply.meta["usage"]
    tokens = counts["prompt_tokens"], counts["completion_tokens"]
    request.state.spent = account.Spent(model.id, *tokens, spent["credits_used"])
    if reply.ask.stream:
        return stream_response(streams.events(reply), service)
    return json_response(bodies.completion(reply), headers=cost_headers(spent))


def _messages(service: Service, request: Request) -> Response:
    body, model = read_call(request, ON_MESSAGES)
    claude_messages, issues = validation.check_messages(body, model)
    errors.refuse(issues)
    ask = _read(service, request, body, model, claude_messages=claude_messages)
    reply = messages_answers.reply_to(ask, body)
    if ask.stream:
        return stream_response(messages_answers.events(reply), service)
    return json_response(reply.message(), headers=cost_headers(reply.meta["usage"]))


def _respond(service: Service, request: Request) -> Response:
    body, model = read_call(request, ON_RESPONSES)
    name = body.get("previous_response_id")
    if name and name not in service.stored:
        raise errors.no_previous_response(name)
    earlier = list(service.stored.get(name, ()))
    kept = {item["id"] for items in service.stored.values() for item in items if "id" in item}
    errors.refuse(validation.check_items(body, model, earlier, kept))
    ask = conversation.read_items(body, model, earlier)
    made = responses_answers.respond(ask, body, earlier)
    if body.get("store"):
        service.stored[made.id] = [*earlier, *conversation.items_of(body), *made.items]
    if ask.stream:
        return stream_response(responses_answers.events(made), service)
    return json_response(made.as_json(), headers=cost_headers(made.meta["usage"]))


# --- other endpoints ---
def _embeddings(_: Service, request: Request) -> Json:
    made = embeddings.answer(read_json(request))
    tokens, spent = made["usage"]["total_tokens"], made["meta"]["usage"]["credits_used"]
    request.state.spent = account.Spent(made["model"], tokens, 0, spent)
    return made


def _create_batch(service: Service, request: Request) -> Response:
    return json_response(service.batches.create(read_json(request)), status=201)


def _poll_batch(service: Service, request: Request) -> Response:
    content, media_type = service.batches.poll(request.query_params.get("batch_id", ""))
    return Response(content, media_type=media_type)


def _models(_: Service, request: Request) -> Response:
    listing = catalogue.listing(request.query_params)
    return tagged_response(request, listing, f'"{digest_of(listing)[:32]}"')


def _nothing(_: Service, request: Request) -> Response:
    raise errors.not_found(request)


_EVERYTHING = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WITH_A_KEY: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/v1/chat/completions", _chat),
    ("POST", "/v1/messages", _messages),
    ("POST", "/v1/responses", _respond),
    ("POST", "/v1/embeddings", _embeddings),
    ("POST", "/v1/decisions", decisions.decide),
    ("POST", "/v1/batches", _create_batch),
    ("GET", "/v1/batches", _poll_batch),
    ("POST", "/v1/batches/cancel/{name}", lambda s, r: s.batches.cancel(r.path_params["name"])),
    ("GET", "/v2/billing", lambda s, r: s.ledger.balance(r.state.key)),
    ("GET", "/v2/logs", lambda s, r: s.ledger.log(r.state.key, r.query_params)),
)
"""Method, path, endpoint; the first that fits answers."""
WITHOUT: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/v1/models", _models),
    *(("GET", path, answer) for path, answer in live_facts.ROUTES),
    ("GET", "/models/metrics", lambda _, r: account.metrics(r.query_params)),
    # Wrong methods, too: the service knows no 405.
    *((method, "/{path:path}", _nothing) for method in _EVERYTHING),
)


# --- the whole service ---
def create_app(service: Service) -> Starlette:
    """Return the emulated service as an ASGI application."""

    def route(method: str, path: str, endpoint: Endpoint, *, key: bool) -> Route:
        async def handle(request: Request) -> Response:
            request.state.raw = await request.body()
            return _answer(endpoint, service, request, key=key)

        return Route(path, handle, methods=[method])

    routes = [(row, key) for rows, key in ((WITH_A_KEY, True), (WITHOUT, False)) for row in rows]
    return Starlette(routes=[route(*row, key=key) for row, key in routes])


def _answer(endpoint: Endpoint, service: Service, request: Request, *, key: bool) -> Response:
    """Answer a request, and note it."""
    body, url = _body_of(request.state.raw), request.url
    service.requests.append(Received(request.method, url.path, dict(request.headers), body))
    if url.query:
        service.queries.append(url.query)
    try:
        if key:
            check_account(request)
        made = endpoint(service, request)
        response = made if isinstance(made, Response) else json_response(made)
    except errors.Refusal as refusal:
        response = json_response(refusal.body(url.path), status=refusal.status)
    sent = request.headers.get("x-client-request-id", "")
    echo = [sent] if _REQUEST_ID.fullmatch(sent) else []  # anything else is dropped in silence
    if echo:
        response.headers["x-client-request-id"] = sent
    # Deterministic, as everything here: the same request has the same id, unless its sender
    # tells it apart.
    asked = [request.method, url.path, url.query, body, *echo]
    inference_id = uuid(digest_of(asked), "inference")
    response.headers["x-inference-id"] = inference_id
    spent = getattr(request.state, "spent", None)
    if spent is not None:
        service.ledger.note(request.state.key, spent, inference_id, sent if echo else None)
    return response


def _body_of(raw: bytes) -> Json | Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
