"""The service over HTTP: routes, keys, headers, and the envelopes of what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from . import account, account_routes, catalogue, conversation, errors, streams, validation
from .bodies import completion, reply_to
from .ids import digest_of, uuid
from .messages_app import messages
from .models import BY_NAME, MODELS, RETIRED, Model
from .responses_app import respond
from .rules import Issue
from .service import (
    Json,
    Received,
    Service,
    check_account,
    cost_headers,
    json_response,
    paced,
    read_json,
)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

Endpoint = Callable[[Service, Request], Awaitable[Response]]


def _model_of(body: Json, path: str) -> Model:
    name = body.get("model")
    if isinstance(name, str) and name in RETIRED:
        raise errors.retired(name, path)
    if not isinstance(name, str) or name not in BY_NAME:
        expected = " | ".join(f"'{model.id}'" for model in MODELS)
        text = f"Invalid enum value. Expected {expected}, received '{name}'"
        raise errors.invalid([Issue(("model",), text)], path)
    return BY_NAME[name]


async def _chat(service: Service, request: Request) -> Response:
    path = request.url.path
    check_account(request)
    body = read_json(await request.body(), path)
    model = _model_of(body, path)
    verdict = validation.check(body, model)
    if verdict.issues:
        raise errors.invalid(verdict.issues, path)
    reply = reply_to(conversation.read(body, model, claude_messages=verdict.claude_messages))
    counts = reply.usage
    request.state.spent = account.Spent(
        model=model.id,
        input_tokens=counts["prompt_tokens"],
        output_tokens=counts["completion_tokens"],
        credits=reply.meta["usage"]["credits_used"],
    )
    if reply.ask.stream:
        events = list(streams.events(reply))
        return StreamingResponse(paced(events, service.chunk_delay), media_type="text/event-stream")
    return json_response(completion(reply), headers=cost_headers(reply.meta["usage"]))


async def _models(_: Service, request: Request) -> Response:
    listing, issues = catalogue.listing(request.query_params)
    if issues:
        raise errors.invalid(issues, request.url.path)
    tag = f'"{digest_of(listing)[:32]}"'
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in re.findall(r'"[^"]*"', known):
        return Response(status_code=304, headers={"etag": tag})
    return json_response(listing, headers={"etag": tag})


async def _batches(service: Service, request: Request) -> Response:
    path = request.url.path
    check_account(request)
    if request.method == "POST":
        body = read_json(await request.body(), path)
        return json_response(service.batches.create(body, path), status=201)
    name = request.query_params.get("batch_id")
    if not name:
        issue = Issue(("batch_id",), "Expected string, received undefined")
        raise errors.invalid([issue], path)
    content, media_type = service.batches.poll(name, path)
    return Response(content, media_type=media_type)


async def _cancel(service: Service, request: Request) -> Response:
    check_account(request)
    name = request.path_params["batch_id"]
    return json_response(service.batches.cancel(name, request.url.path))


async def _nothing(_: Service, request: Request) -> Response:
    raise errors.not_found(request.method, request.url.path)


def _refused(refusal: errors.Refusal) -> Response:
    media_type = "application/json; charset=utf-8"
    return Response(refusal.content, refusal.status, refusal.headers, media_type=media_type)


def _body_of(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None


def create_app(service: Service) -> Starlette:
    """Return the emulated service as an ASGI application."""

    def route(path: str, endpoint: Endpoint, *methods: str) -> Route:
        async def handle(request: Request) -> Response:
            raw = await request.body()
            body = _body_of(raw)
            service.requests.append(
                Received(request.method, request.url.path, dict(request.headers), body)
            )
            if request.url.query:
                service.queries.append(request.url.query)
            try:
                response = await endpoint(service, request)
            except errors.Refusal as refusal:
                response = _refused(refusal)
            echo = request.headers.get("x-client-request-id", "")
            if _REQUEST_ID.fullmatch(echo):  # anything else is dropped in silence
                response.headers["x-client-request-id"] = echo
            # Deterministic, as everything here: the same request has the same id, unless its sender
            # tells it apart.
            asked = [request.method, str(request.url.path), request.url.query, body]
            sender = [echo] if "x-client-request-id" in response.headers else []
            inference_id = uuid(digest_of([*asked, *sender]), "inference")
            response.headers["x-inference-id"] = inference_id
            spent = getattr(request.state, "spent", None)
            if spent is not None:
                sent = response.headers.get("x-client-request-id")
                service.ledger.note(request.state.key, spent, inference_id, sent)
            return response

        return Route(path, handle, methods=list(methods))

    everything = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return Starlette(
        routes=[
            route("/v1/chat/completions", _chat, "POST"),
            route("/chat/completions", _chat, "POST"),
            route("/v1/responses", respond, "POST"),
            route("/v1/messages", messages, "POST"),
            *(route(path, answer, *methods) for path, answer, *methods in account_routes.ROUTES),
            route("/v1/models", _models, "GET"),
            route("/v1/batches", _batches, "GET", "POST"),
            route("/v1/batches/cancel/{batch_id}", _cancel, "POST"),
            # Wrong methods end here too: the service knows no 405.
            route("/{path:path}", _nothing, *everything),
        ]
    )
