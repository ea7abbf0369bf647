"""The service over HTTP: routes, keys, headers, and the envelopes of what goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from . import (
    account,
    catalogue,
    conversation,
    decisions,
    embeddings,
    errors,
    habits,
    live_facts,
    messages_answers,
    messages_rules,
    messages_thoughts,
    responses_answers,
    streams,
    validation,
)
from .bodies import completion, reply_to
from .ids import digest_of, uuid
from .models import BY_NAME, RETIRED
from .responses_models import SERVED
from .rules import Issue
from .service import (
    SCENARIO,
    Json,
    Received,
    Service,
    check_account,
    cost_headers,
    json_response,
    paced,
    read_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

Endpoint = Callable[[Service, Request], Awaitable[Response]]


def _served(body: Json, path: str, names: Collection[str]) -> str:
    """Return the model that is asked for, if the endpoint serves it."""
    name = body.get("model")
    if isinstance(name, str) and name in RETIRED:
        raise errors.retired(name, path)
    if not isinstance(name, str) or name not in names:
        expected = " | ".join(f"'{known}'" for known in names)
        text = f"Invalid enum value. Expected {expected}, received '{name}'"
        raise errors.invalid([Issue(("model",), text)], path)
    return name


# --- chat/completions ---
async def _chat(service: Service, request: Request) -> Response:
    path = request.url.path
    check_account(request)
    body = read_json(await request.body(), path)
    model = BY_NAME[_served(body, path, BY_NAME)]
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
    ("/v1/decisions", decisions.decide, "POST"),
    ("/v1/embeddings", _embeddings, "POST"),
    ("/v2/billing", _page, "GET"),
    ("/v2/logs", _page, "GET"),
    ("/models/metrics", _metrics, "GET"),
)


# --- messages: Claude with its blocks whole ---
_CLAUDES = ("anthropic/claude-sonnet-4", "anthropic/claude-sonnet-5")


async def messages(service: Service, request: Request) -> Response:
    """Answer a request, whole or as a stream."""
    path = request.url.path
    check_account(request)
    body = read_json(await request.body(), path)
    model = BY_NAME[_served(body, path, _CLAUDES)]
    openai_style = validation.has_openai_messages(body)
    issues = list(messages_rules.body((model.id,), openai_style=openai_style)(body, ()))
    if not issues:
        checks: list[Callable[[Json], Iterator[Issue]]] = [
            validation.thinking_and_choice,
            habits.of_lonely_choices,
        ]
        if openai_style:
            checks += [validation.between_openai, partial(habits.of_call_ids, model=model)]
        else:
            checks += [validation.between_claude, messages_thoughts.issues_of, habits.of_claude]
        issues = [issue for check in checks for issue in check(body)]
    if issues:
        raise errors.invalid(issues, path)
    ask = conversation.read(body, model, claude_messages=not openai_style)
    reply = messages_answers.reply_to(ask, body)
    if body.get("stream"):
        events = list(messages_answers.events(reply))
        return StreamingResponse(paced(events, service.chunk_delay), media_type="text/event-stream")
    return json_response(reply.message(), headers=cost_headers(reply.meta["usage"]))


# --- responses: what is stored, and what goes wrong in which form ---
_FAILURE = {"code": "server_error", "message": "The server had an error while processing."}
_REFUSAL = "I'm sorry, but I cannot help with that."


async def respond(service: Service, request: Request) -> Response:
    """Answer a request.

    Scenarios, by the header that names them: `failed` fails after it has begun, `refusal`
    refuses, `filtered` stops because of its content, `cut` ends a stream early, and
    `upstream` is an error in the vendor's own envelope.
    """
    path = request.url.path
    check_account(request)
    body = read_json(await request.body(), path)
    documented = SERVED[_served(body, path, SERVED)]
    earlier = _stored(service, body)
    issues = validation.check_items(body, documented, earlier, _kept(service))
    if issues:
        raise errors.invalid(issues, path)
    ask = conversation.read_items(body, documented, earlier)
    made = responses_answers.respond(ask, body, documented, earlier)
    scenario = request.headers.get(SCENARIO, "")
    _play(scenario, made)
    if body.get("store"):
        given = body["input"]
        items = [{"role": "user", "content": given}] if isinstance(given, str) else given
        service.stored[made.id] = [*earlier, *items, *made.items]
    if ask.stream:
        events = list(responses_answers.events(made))
        if scenario == "cut":
            events = events[: len(events) // 2]
        return StreamingResponse(paced(events, service.chunk_delay), media_type="text/event-stream")
    headers = cost_headers(made.meta["usage"]) if made.meta else None
    return json_response(made.as_json(), headers=headers)


def _kept(service: Service) -> frozenset[str]:
    """Return the ids of the reasoning in all that is stored."""
    items = (item for stored in service.stored.values() for item in stored)
    return frozenset(item["id"] for item in items if item.get("type") == "reasoning")


def _stored(service: Service, body: Json) -> list[Any]:
    name = body.get("previous_response_id")
    if not name:
        return []
    if name not in service.stored:
        message = f"Previous response with id '{name}' not found."
        raise _upstream(400, message, "previous_response_id", "previous_response_not_found")
    return list(service.stored[name])


def _upstream(status: int, message: str, param: str | None, code: str) -> errors.Refusal:
    """The vendor's own envelope."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return errors.Refusal(status, {"error": error})


def _play(scenario: str, made: responses_answers.Response) -> None:
    if scenario == "upstream":
        text = "Your input exceeds the context window of this model."
        raise _upstream(400, text, "input", "context_length_exceeded")
    if scenario == "failed":
        made.status, made.error, made.items = "failed", dict(_FAILURE), made.items[:1]
    if scenario == "filtered":
        made.status, made.why = "incomplete", "content_filter"
    if scenario == "refusal":
        for part in _texts(made.items):
            part.clear()
            part |= {"type": "refusal", "refusal": _REFUSAL}


def _texts(items: list[Json]) -> Iterator[Json]:
    for item in items:
        yield from item.get("content", ()) if item["type"] == "message" else ()


# --- the whole service ---
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
            *(route(path, answer, *methods) for path, answer, *methods in ROUTES),
            route("/v1/models", _models, "GET"),
            *(route(path, answer, "GET") for path, answer in live_facts.ROUTES),
            route("/v1/batches", _batches, "GET", "POST"),
            route("/v1/batches/cancel/{batch_id}", _cancel, "POST"),
            # Wrong methods end here too: the service knows no 405.
            route("/{path:path}", _nothing, *everything),
        ]
    )
