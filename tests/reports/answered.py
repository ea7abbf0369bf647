"""A model that is answered with given bytes, on any endpoint, and asked in every way."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_core.messages import AIMessage

Json = dict[str, Any]

MODELS = {
    "chat/completions": "openai/gpt-4o",
    "responses": "openai/gpt-5-4",
    "messages": "anthropic/claude-sonnet-5",
}


def model_of(
    whole: Any = None, stream: bytes = b"", *, sent: list[Json] | None = None, **settings: Any
) -> ChatAIMLAPI:
    """Return a model that is answered with a body, or with a stream where it asks for one.

    Args:
        whole: The body, as bytes or as what it says.
        stream: The stream.
        sent: A list that takes the bodies of the requests.
        **settings: Of the model.
    """

    def answer(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if sent is not None:
            sent.append(body)
        if body.get("stream"):
            kind = {"content-type": "text/event-stream"}
            return httpx.Response(200, content=stream, headers=kind)
        content = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
        return httpx.Response(200, content=content)

    endpoint = settings.get("endpoint", "chat/completions")
    transport = httpx.MockTransport(answer)
    return ChatAIMLAPI(
        **{"model": MODELS[endpoint], "api_key": "k" * 20, "max_retries": 0, **settings},
        http_client=httpx.Client(transport=transport),
        http_async_client=httpx.AsyncClient(transport=transport),
    )


def merged(chunks: Iterable[Any]) -> Any:
    """Return the message that chunks add up to."""
    first, *rest = chunks
    return first + rest if rest else first


def streamed(stream: bytes, **settings: Any) -> dict[str, Any]:
    """Return the message of a stream, by the way in which it was asked for."""
    model = model_of(stream=stream, **settings)

    async def astream() -> list[Any]:
        return [chunk async for chunk in model.astream("Hi")]

    return {
        "stream": merged(model.stream("Hi")),
        "astream": merged(asyncio.run(astream())),
        "events": model.stream_events("Hi", version="v3").output,
        "v1": merged(model_of(stream=stream, output_version="v1", **settings).stream("Hi")),
    }


def invoked(whole: Any, **settings: Any) -> dict[str, AIMessage]:
    """Return the message of a body, by the way in which it was asked for."""
    model = model_of(whole, **settings)
    return {"invoke": model.invoke("Hi"), "ainvoke": asyncio.run(model.ainvoke("Hi"))}


def sse(events: Iterable[Json | str]) -> bytes:
    """Return events as they are sent; a type of their own is their name as well."""
    return b"".join(map(_frame, events))


def _frame(event: Json | str) -> bytes:
    if isinstance(event, str):
        return f"data: {event}\n\n".encode()
    name = f"event: {event['type']}\n" if isinstance(event.get("type"), str) else ""
    return f"{name}data: {json.dumps(event)}\n\n".encode()


# --- chat/completions ---------------------------------------------------------------------------
def completion(message: Any, *, finish: str | None = "stop", **more: Any) -> Json:
    """Return a body of one choice."""
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"id": "gen-1", "model": "vendor/model-1", "choices": [choice], **more}


def chunk(delta: Json, *, finish: str | None = None, **more: Any) -> Json:
    """Return a chunk of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "gen-1", "model": "vendor/model-1", "choices": [choice], **more}


def chat_stream(*deltas: Json, finish: str = "stop", **more: Any) -> bytes:
    """Return a stream of deltas."""
    return sse([*(chunk(d, **more) for d in deltas), chunk({}, finish=finish, **more), "[DONE]"])
