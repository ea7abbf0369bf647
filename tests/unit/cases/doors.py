"""A model that is answered with given bytes: everything goes through `ChatAIMLAPI` itself."""

import json
from typing import Any

import httpx
from langchain_core.language_models.chat_model_stream import ChatModelStream
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

from langchain_aimlapi import ChatAIMLAPI

from .reading import Json, wire


class Ways:
    """One answer, taken in all the ways that LangChain has.

    Args:
        body: The answer to a call that does not stream.
        events: The answer to one that does.
        fields: Of the model.
    """

    def __init__(self, body: Json | bytes = b"", events: Any = (), **fields: Any) -> None:
        self._body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._stream = events if isinstance(events, bytes) else wire(list(events))
        self.sent: list[Json] = []
        transport = httpx.MockTransport(self._answer)
        self.model = ChatAIMLAPI(
            **{
                "model": "openai/gpt-4o",
                "api_key": "test-key",
                "max_retries": 0,
                "http_client": httpx.Client(transport=transport),
                "http_async_client": httpx.AsyncClient(transport=transport),
                **fields,
            }
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(json.loads(request.content))
        if self.sent[-1].get("stream"):
            kind = {"content-type": "text/event-stream"}
            return httpx.Response(200, content=self._stream, headers=kind)
        return httpx.Response(200, content=self._body)

    def invoked(self) -> AIMessage:
        return self.model.invoke("hi")

    def chunks(self) -> list[AIMessageChunk]:
        return list(self.model.stream("hi"))  # type: ignore[arg-type]  # they are AI messages

    def streamed(self) -> AIMessageChunk:
        first, *others = self.chunks()
        return first + others if others else first

    def events(self) -> list[Any]:
        events = list(self.model._stream_chat_model_events([HumanMessage("hi")]))
        assert_valid_event_stream(events)
        return events

    def assembled(self) -> AIMessage:
        stream = ChatModelStream()
        for event in self.events():
            stream.dispatch(event)
        assert stream.output_message is not None
        return stream.output_message


def blocks_of(message: AIMessage) -> list[Json]:
    """Return the blocks of a message without what differs by design.

    Those of a stream have an index, and LangChain leaves refusals out of a message that it makes
    of events, so they come wrapped there.
    """
    blocks: list[Any] = []
    for block in message.content_blocks:
        bare: Any = {name: value for name, value in block.items() if name != "index"}
        if bare["type"] == "non_standard" and bare["value"].get("type") == "refusal":
            bare = bare["value"]
        blocks.append(bare)
    return blocks
