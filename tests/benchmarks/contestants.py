"""Who takes part: this package, its two lower limits, and other packages for the same wire.

The limits are a LangChain model that answers from memory (what the framework itself costs) and
httpx alone: a request made beforehand, `client.send`, and a split of the bytes (what the way over
the wire costs). No package can be faster than both together without another framework or client.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

from tests.benchmarks.histories import TOOLS, conversation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROMPT = "Hello"
FRAMEWORK = "langchain_core.language_models.chat_models"
ENDPOINTS = {"text": "chat/completions", "responses": "responses", "messages": "messages"}
"""By kind of answer (`Task.kind`): the endpoint that gives it, as tables name it."""


@dataclass(frozen=True)
class Task:
    """What is to be answered: the kind of stream, how many chunks, and how many of them a write."""

    base: str
    kind: str = "text"
    chunks: int = 1000
    per_write: int = 1

    @property
    def url(self) -> str:
        return f"{self.base}/{self.kind}/{self.chunks}/{self.per_write}/v1"


class Driver(Protocol):
    """Calls one contestant. Streams return how many chunks or events they brought."""

    def invoke(self) -> object: ...
    async def ainvoke(self) -> object: ...
    def stream(self) -> int: ...
    async def astream(self) -> int: ...
    def history(self, length: int, *, tools: bool) -> Callable[[], object]: ...
    def events(self) -> int: ...
    async def aevents(self) -> int: ...
    async def abatch(self, calls: int, at_once: int) -> object: ...


class Model:
    """Calls a LangChain model."""

    def __init__(self, model: Any, *, converts: bool = True) -> None:
        self.model = model
        self.converts = converts

    def invoke(self) -> object:
        return self.model.invoke(PROMPT)

    def history(self, length: int, *, tools: bool) -> Callable[[], object]:
        """Return what sends a conversation, with the conversation made and the tools bound."""
        model, messages = self.model, conversation(length)
        if tools:
            # The framework alone has no tools of its own; bound they are to be carried along.
            bind = getattr(model, "bind_tools" if self.converts else "bind")
            model = bind(TOOLS) if self.converts else bind(tools=TOOLS)
        return lambda: model.invoke(messages)

    async def ainvoke(self) -> object:
        return await self.model.ainvoke(PROMPT)

    def stream(self) -> int:
        count = 0
        for _ in self.model.stream(PROMPT):
            count += 1
        return count

    async def astream(self) -> int:
        count = 0
        async for _ in self.model.astream(PROMPT):
            count += 1
        return count

    def events(self) -> int:
        count = 0
        for _ in self.model.stream_events(PROMPT, version="v3"):
            count += 1
        return count

    async def aevents(self) -> int:
        count = 0
        async for _ in await self.model.astream_events(PROMPT, version="v3"):
            count += 1
        return count

    async def abatch(self, calls: int, at_once: int) -> object:
        return await self.model.abatch([PROMPT] * calls, config={"max_concurrency": at_once})


@dataclass(frozen=True)
class Contestant:
    """One who takes part.

    Attributes:
        title: Name in the table.
        module: What has to be imported; the contestant is left out where it is not installed.
        name: The class in it; None for the two limits.
        keywords: Arguments of its constructor, besides model, key and URL.
        share: How much of the work it does, so that slow ones do not take minutes. Figures are
            per call and per chunk, so they stay comparable.
        every: It takes part in each round, in every second one, and so on.
        endpoints: Arguments that make it call the other endpoints, by name.
        home: The endpoint that it calls without.
    """

    title: str
    module: str
    name: str | None = None
    keywords: tuple[tuple[str, Any], ...] = ()
    share: float = 1
    every: int = 1
    endpoints: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    home: str = "text"

    def takes_part(self, stage: str, number: int) -> bool:
        """Return whether it takes part in a stage of round `number`, from 0 on."""
        if self.home != "text" and stage in {"calls", "long"}:
            return False  # it speaks another endpoint's language
        served = stage not in {"import", "init"} or self.title != "httpx"
        return number % self.every == 0 and served

    @property
    def installed(self) -> bool:
        return find_spec(self.module.partition(".")[0]) is not None

    @property
    def statement(self) -> str:
        """What a user writes to import it."""
        return f"from {self.module} import {self.name}" if self.name else f"import {self.module}"

    def factory(self, task: Task) -> Callable[[], Any]:
        """Return what constructs a model for `task`, with the imports done."""
        if self.title == "floor":
            floor = import_module("tests.benchmarks.floor").Floor
            return lambda: floor(kind=task.kind, chunks=task.chunks)
        made = getattr(import_module(self.module), str(self.name))
        keywords = {**dict(self.keywords), **self.endpoints.get(task.kind, {})}
        url = task.url.removesuffix("/v1") if self.home == "messages" else task.url
        return lambda: made(model="bench/model", api_key="k", base_url=url, **keywords)

    def driver(self, task: Task) -> Driver:
        """Return what calls a new model, or what stands for one."""
        if self.title == "httpx":
            driver: Driver = import_module("tests.benchmarks.raw").Httpx(task)
            return driver
        return Model(self.factory(task)(), converts=self.title != "floor")

    def serves(self, kind: str) -> bool:
        """Return whether it can be asked on another endpoint; the limits answer as they do."""
        return self.title in LIMITS or kind == self.home or kind in self.endpoints


OURS = "ours"
LIMITS = ("floor", "httpx")
CONTESTANTS = {
    contestant.title: contestant
    for contestant in (
        Contestant("floor", FRAMEWORK),
        Contestant("httpx", "httpx"),
        Contestant(
            OURS,
            "langchain_aimlapi",
            "ChatAIMLAPI",
            endpoints={name: {"endpoint": name} for name in ("responses", "messages")},
        ),
        Contestant(
            "openai",
            "langchain_openai",
            "ChatOpenAI",
            (("stream_usage", True),),
            share=0.5,
            every=2,
            endpoints={"responses": {"use_responses_api": True}},
        ),
        Contestant("anthropic", "langchain_anthropic", "ChatAnthropic", every=2, home="messages"),
        Contestant("mistralai", "langchain_mistralai", "ChatMistralAI", every=2),
        Contestant("openrouter", "langchain_openrouter", "ChatOpenRouter", share=0.1, every=3),
    )
}
