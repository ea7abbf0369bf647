"""`POST /v1/messages`: Claude with its blocks whole; errors in its own form."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse

from . import (
    conversation,
    errors,
    habits,
    messages_rules,
    messages_streams,
    messages_thoughts,
    validation,
)
from .messages_answers import reply_to
from .models import BY_NAME, MODELS, RETIRED, Model
from .rules import Issue
from .service import Service, check_account, cost_headers, json_response, paced, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request

Json = dict[str, Any]

_SERVED = tuple(
    model
    for model in MODELS
    if model.id in {"anthropic/claude-sonnet-4", "anthropic/claude-sonnet-5"}
)


async def messages(service: Service, request: Request) -> Response:
    """Answer a request, whole or as a stream."""
    path = request.url.path
    check_account(request)
    body = read_json(await request.body(), path)
    model = _model_of(body, path)
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
    reply = reply_to(conversation.read(body, model, claude_messages=not openai_style), body)
    if body.get("stream"):
        events = list(messages_streams.events(reply))
        return StreamingResponse(paced(events, service.chunk_delay), media_type="text/event-stream")
    return json_response(reply.message(), headers=cost_headers(reply.meta["usage"]))


def _model_of(body: Json, path: str) -> Model:
    name = body.get("model")
    if isinstance(name, str) and name in RETIRED:
        raise errors.retired(name, path)
    model = BY_NAME.get(name) if isinstance(name, str) else None
    if model not in _SERVED or model is None or name != model.id:
        expected = " | ".join(f"'{model.id}'" for model in _SERVED)
        text = f"Invalid enum value. Expected {expected}, received '{name}'"
        raise errors.invalid([Issue(("model",), text)], path)
    return model
