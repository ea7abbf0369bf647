"""`POST /v1/responses`: who may ask, what is stored, and what goes wrong in which form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from . import errors, responses_answers, responses_checks, responses_streams, responses_turns
from .models import RETIRED
from .responses_models import SERVED, Documented
from .rules import Issue
from .service import SCENARIO, Json, check_account, cost_headers, json_response, paced, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from .service import Service

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
    documented = _documented(body, path)
    earlier = _stored(service, body)
    issues = responses_checks.check(body, documented, earlier, _kept(service))
    if issues:
        raise errors.invalid(issues, path)
    ask = responses_turns.read(body, documented, earlier)
    made = responses_answers.respond(ask, body, documented, earlier)
    scenario = request.headers.get(SCENARIO, "")
    _play(scenario, made)
    if body.get("store"):
        given = body["input"]
        items = [{"role": "user", "content": given}] if isinstance(given, str) else given
        service.stored[made.id] = [*earlier, *items, *made.items]
    if ask.stream:
        events = list(responses_streams.events(made))
        if scenario == "cut":
            events = events[: len(events) // 2]
        return StreamingResponse(paced(events, service.chunk_delay), media_type="text/event-stream")
    headers = cost_headers(made.meta["usage"]) if made.meta else None
    return json_response(made.as_json(), headers=headers)


def _kept(service: Service) -> frozenset[str]:
    """Return the ids of the reasoning in all that is stored."""
    items = (item for stored in service.stored.values() for item in stored)
    return frozenset(item["id"] for item in items if item.get("type") == "reasoning")


def _documented(body: Json, path: str) -> Documented:
    name = body.get("model")
    if isinstance(name, str) and name in RETIRED:
        raise errors.retired(name, path)
    if not isinstance(name, str) or name not in SERVED:
        expected = " | ".join(f"'{known}'" for known in SERVED)
        text = f"Invalid enum value. Expected {expected}, received '{name}'"
        raise errors.invalid([Issue(("model",), text)], path)
    return SERVED[name]


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
