"""Calls of all kinds against the emulator, and where the tools that watch them write to."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.tools import tool
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.errors import AuthenticationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.server import Emulator

MODEL = "openai/gpt-4o"
SERVED = "gpt-4o-2024-08-06"
REASONS = "openai/gpt-5-4"
KEY = "test-key-that-nobody-may-see-0123456789"
PROMPT = "Name a colour."


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return city


@dataclass
class Spans:
    """Where OpenTelemetry's spans end."""

    provider: TracerProvider = field(default_factory=TracerProvider)
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def __post_init__(self) -> None:
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    @property
    def finished(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    @property
    def attributes(self) -> list[dict[str, Any]]:
        """Attributes of the finished spans, in their order."""
        return [dict(span.attributes or {}) for span in self.finished]

    def text(self) -> str:
        """All that was exported, as text."""
        return "\n".join(span.to_json() for span in self.finished)


@pytest.fixture
def spans() -> Spans:
    return Spans()


@pytest.fixture
def model(emulator: Emulator) -> ChatAIMLAPI:
    return ChatAIMLAPI(model=MODEL, api_key=KEY, base_url=emulator.base_url)


@pytest.fixture
def calls(model: ChatAIMLAPI) -> Callable[..., None]:
    """Make four calls: a question, a stream, a call of a tool, and one with a wrong key."""

    def call(**config: Any) -> None:
        model.invoke(PROMPT, config=config)
        list(model.stream(PROMPT, config=config))
        model.bind_tools([weather]).invoke("What is the weather in Paris?", config=config)
        wrong = model.model_copy(update={"api_key": lambda: f"wrong-{KEY}"})
        with contextlib.suppress(AuthenticationError):
            wrong.invoke(PROMPT, config=config)

    return call


@pytest.fixture
def long_calls(emulator: Emulator) -> Callable[..., None]:
    """Make a call and a stream of a model that reasons, with a question that is cached."""
    thinker = ChatAIMLAPI(
        model=REASONS, api_key=KEY, base_url=emulator.base_url, reasoning={"effort": "low"}
    )

    def call(**config: Any) -> None:
        thinker.invoke(PROMPT * 1000, config=config)
        list(thinker.stream(PROMPT * 1000, config=config))

    return call
