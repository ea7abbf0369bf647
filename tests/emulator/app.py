"""The service over HTTP: routes, keys, headers, and the envelopes of what goes wrong."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from . import account, catalogue, conversation, embeddings, errors, streams, validation
from .batches import Batches
from .bodies import completion, reply_to
from .ids import digest_of, uuid
from .models import BY_NAME, MODELS, RETIRED, Model
from .rules import Issue

Json = dict[str, Any]
Endpoint = Callable[["Service", Request], Awaitable[Response]]

_KEY = re.compile(r"Bearer (?P<key>(?:sk-emulator|test)\S*)", re.IGNORECASE)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

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
    ledger: account.Ledger = field(default_factory=account.Ledger)
    requests: list[Received] = field(default_factory=list)
    """Everything that was received, oldest first."""


def _account(request: Request) -> str:
    """Return the key, or raise what an account's key or a scenario is refused with."""
    path = request.url.path
    match = _KEY.fullmatch(request.headers.get("authorization", ""))
    if match is None:
        raise errors.unauthorized(path)
    request.state.key = match["key"]
    asked = _SCENARIO.search(request.headers.get(SCENARIO, match["key"]))
    if asked is None:
        return match["key"]
    if asked["what"] == "no-credits":
        raise errors.no_credits(path)
    raise errors.rate_limited(path, asked["seconds"] or "1")


def _read_json(raw: bytes, path: str) -> Json:
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise errors.envelope(400, f"Expected JSON, received: {error}", path) from None
    if not isinstance(body, dict):
        kind = type(body).__name__
        raise errors.invalid([Issue((), f"Expected object, received {kind}")], path)
    return body


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
    _account(request)
    body = _read_json(await request.body(), path)
    model = _model_of(body, path)
    verdict = validation.check(body, model)
    if verdict.issues:
        raise errors.invalid(verdict.issues, path)
    reply = reply_to(conversation.read(body, model, claude_messages=verdict.claude_messages))
    counts, credits_used = reply.usage, reply.meta["usage"]["credits_used"]
    request.state.spent = account.Spent(
        model.id, counts["prompt_tokens"], counts["completion_tokens"], credits_used
    )
    if reply.ask.stream:
        events = list(streams.events(reply))
        return StreamingResponse(
            _paced(events, service.chunk_delay), media_type="text/event-stream"
        )
    spent = reply.meta["usage"]
    headers = {
        "x-aimlapi-credits-used": str(spent["credits_used"]),
        "x-aimlapi-usd-spent": format(spent["usd_spent"], ".10f").rstrip("0").rstrip("."),
    }
    return _json(completion(reply), headers=headers)


async def _paced(events: list[bytes], delay: float) -> AsyncIterator[bytes]:
    for number, event in enumerate(events):
        if number and delay:
            await asyncio.sleep(delay)
        yield event


async def _embeddings(_: Service, request: Request) -> Response:
    path = request.url.path
    _account(request)
    made = embeddings.answer(_read_json(await request.body(), path), path)
    tokens, credits_used = made["usage"]["total_tokens"], made["meta"]["usage"]["credits_used"]
    request.state.spent = account.Spent(made["model"], tokens, 0, credits_used)
    return _json(made)


async def _account_page(service: Service, request: Request) -> Response:
    path, query, ledger = request.url.path, request.query_params, service.ledger
    key = _account(request)
    pages: dict[str, Callable[[], Json]] = {
        "/v2/billing": lambda: ledger.balance(key),
        "/v2/billing/transactions": lambda: ledger.transactions(key, query, path),
        "/v2/usage": lambda: ledger.usage(key, query, path, detail=False),
        "/v2/usage/detail": lambda: ledger.usage(key, query, path, detail=True),
        "/v2/logs": lambda: ledger.log(key, query, path),
    }
    return _json(pages[path]())


async def _metrics(_: Service, request: Request) -> Response:
    return _json(account.metrics(request.query_params))


async def _models(_: Service, request: Request) -> Response:
    listing, issues = catalogue.listing(request.query_params)
    if issues:
        raise errors.invalid(issues, request.url.path)
    tag = f'"{digest_of(listing)[:32]}"'
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in re.findall(r'"[^"]*"', known):
        return Response(status_code=304, headers={"etag": tag})
    return _json(listing, headers={"etag": tag})


async def _batches(service: Service, request: Request) -> Response:
    path = request.url.path
    _account(request)
    if request.method == "POST":
        body = _read_json(await request.body(), path)
        return _json(service.batches.create(body, path), status=201)
    name = request.query_params.get("batch_id")
    if not name:
        issue = Issue(("batch_id",), "Expected string, received undefined")
        raise errors.invalid([issue], path)
    content, media_type = service.batches.poll(name, path)
    return Response(content, media_type=media_type)


async def _cancel(service: Service, request: Request) -> Response:
    _account(request)
    name = request.path_params["batch_id"]
    return _json(service.batches.cancel(name, request.url.path))


async def _nothing(_: Service, request: Request) -> Response:
    raise errors.not_found(request.method, request.url.path)


def _json(body: Json, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, headers, media_type="application/json; charset=utf-8")


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
            try:
                response = await endpoint(service, request)
            except errors.Refusal as refusal:
                response = _refused(refusal)
            # Deterministic, as everything here: the same request has the same id.
            asked = [request.method, str(request.url.path), request.url.query, body]
            inference_id = uuid(digest_of(asked), "inference")
            response.headers["x-inference-id"] = inference_id
            echo = request.headers.get("x-client-request-id", "")
            if _REQUEST_ID.fullmatch(echo):  # anything else is dropped in silence
                response.headers["x-client-request-id"] = echo
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
            route("/v1/embeddings", _embeddings, "POST"),
            route("/v2/billing", _account_page, "GET"),
            route("/v2/billing/transactions", _account_page, "GET"),
            route("/v2/usage", _account_page, "GET"),
            route("/v2/usage/detail", _account_page, "GET"),
            route("/v2/logs", _account_page, "GET"),
            route("/models/metrics", _metrics, "GET"),
            route("/v1/models", _models, "GET"),
            route("/v1/batches", _batches, "GET", "POST"),
            route("/v1/batches/cancel/{batch_id}", _cancel, "POST"),
            # Wrong methods end here too: the service knows no 405.
            route("/{path:path}", _nothing, *everything),
        ]
    )
