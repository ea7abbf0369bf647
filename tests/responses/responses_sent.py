"""What a model sends to the Responses endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from responses_wire import MODEL, Service, message, response

if TYPE_CHECKING:
    from responses_wire import Json

PRO = "openai/gpt-5-pro"
NO_FUNCTIONS = "openai/gpt-5-chat-latest"


def sent(messages: Any, name: str = MODEL, /, **settings: Any) -> Json:
    """Return the body of a call, without what every call has."""
    service = Service(response(message("ok")))
    service.model(name).invoke(messages, **settings)
    body = service.body
    assert body.pop("model") == name
    return body
