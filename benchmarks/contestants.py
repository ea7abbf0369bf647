"""Who takes part: the limit, this package with two HTTP clients, and other packages."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from benchmarks.conversations import TOOLS, conversation
from benchmarks.server import PAUSE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROMPT = "Hello"


@dataclass(frozen=True)
class Task:
    """What the server answers: which kind, how many chunks, and how many of them per write.

    Attributes:
        base: URL of the server.
        kind: Name of the endpoint: `chat`, `responses` or `messages`.
        chunks: Chunks of a stream.
        per_write: Chunks that the server writes at once.
        pause: Seconds between two writes.
    """

    base: str
    kind: str = "chat"
    chunks: int = 500
    per_write: int = 1
    pause: float = 0

    @property
    def url(self) -> str:
        return f"{self.base}/{self.kind}/{self.chunks}/{self.per_write}/{self.pause}/v1"


class Model:
    """Calls a LangChain model. Streams return how many chunks or events they brought."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def invoke(self) -> object:
        return self.model.invoke(PROMPT)

    async def ainvoke(self) -> object:
        return await self.model.ainvoke(PROMPT)

    def conversation(self, length: int, *, tools: bool) -> Callable[[], object]:
        """Return what sends a conversation; it is made, and its tools are bound, beforehand."""
        model, messages = self.model, conversation(length)
        if tools:
            # The limit cannot convert tools; it only carries them along.
            can_bind = type(model).__module__ != "benchmarks.limit"
            model = model.bind_tools(TOOLS) if can_bind else model.bind(tools=TOOLS)
        return lambda: model.invoke(messages)

    def stream(self) -> int:
        return sum(1 for _ in self.model.stream(PROMPT))

    async def astream(self) -> int:
        return len([None async for _ in self.model.astream(PROMPT)])

    def events(self) -> int:
        return sum(1 for _ in self.model.stream_events(PROMPT, version="v3"))

    async def aevents(self) -> int:
        events = await self.model.astream_events(PROMPT, version="v3")
        return len([None async for _ in events])

    async def abatch(self, calls: int, at_once: int) -> object:
        return await self.model.abatch([PROMPT] * calls, config={"max_concurrency": at_once})

    async def aclose(self) -> None:
        """Close its connections, where it has a way to do so."""
        for closes in (self.model, getattr(self.model, "http_async_client", None)):
            if hasattr(closes, "aclose"):
                await closes.aclose()


@dataclass(frozen=True)
class Contestant:
    """A package, or the limit.

    Attributes:
        title: Name in the table.
        statement: What a user writes to import it.
        kinds: For each endpoint that it can call: the arguments of its constructor that choose it.
        share: Part of the calls that it makes, so that a slow one does not take minutes.
        timeout: In its own unit.
        only_async: It takes httpx-aiohttp's client, and part in the async rows only.
    """

    title: str
    statement: str
    kinds: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"chat": {}})
    share: float = 1
    timeout: int = 120
    only_async: bool = False

    @property
    def module(self) -> str:
        return self.statement.split()[1]

    @property
    def first_model(self) -> str:
        """What a program pays for once; some packages import what they call with only here."""
        if self.title == LIMIT:
            return self.statement
        return f"{self.statement}; {self.statement.split()[-1]}(model='bench/model', api_key='k')"

    @property
    def installed(self) -> bool:
        return find_spec(self.module.partition(".")[0]) is not None

    def driver(self, task: Task) -> Any:
        """Return what calls a new model."""
        if self.title == LIMIT:
            return import_module("benchmarks.limit").LimitDriver(task)
        cls = getattr(import_module(self.module), self.statement.split()[-1])
        url = task.url.removesuffix("/v1") if self.title == "anthropic" else task.url
        more = {**self.kinds[task.kind], "timeout": self.timeout}
        if self.only_async:
            more["http_async_client"] = _aiohttp_client()
        return Model(cls(model="bench/model", api_key="k", base_url=url, **more))


def _aiohttp_client() -> Any:
    httpx = import_module("httpx")
    unlimited = httpx.Limits(max_connections=0)  # else 100 connections at once
    return import_module("httpx_aiohttp").HttpxAiohttpClient(limits=unlimited)


LIMIT, OURS, OURS_AIOHTTP = "limit", "ours", "ours + aiohttp"
SLOW_CHUNKS = 20
_ALL: Mapping[str, Mapping[str, Any]] = {"chat": {}, "responses": {}, "messages": {}}
_OURS = "from langchain_aimlapi import ChatAIMLAPI"
CONTESTANTS = (
    Contestant(
        LIMIT, "from langchain_core.language_models.chat_models import BaseChatModel", kinds=_ALL
    ),
    Contestant(
        OURS,
        _OURS,
        kinds={"chat": {}, **{name: {"endpoint": name} for name in ("responses", "messages")}},
    ),
    Contestant(OURS_AIOHTTP, _OURS, only_async=True),
    Contestant(
        "openai",
        "from langchain_openai import ChatOpenAI",
        kinds={"chat": {"stream_usage": True}, "responses": {"use_responses_api": True}},
        share=0.5,
    ),
    Contestant(
        "anthropic", "from langchain_anthropic import ChatAnthropic", kinds={"messages": {}}
    ),
    Contestant("mistralai", "from langchain_mistralai import ChatMistralAI"),
    Contestant(
        "openrouter", "from langchain_openrouter import ChatOpenRouter", share=0.1, timeout=120_000
    ),
)


def slow(base: str, kind: str = "chat") -> Task:
    """Return a stream that stays open for some seconds: a chunk, then a pause."""
    return Task(base, kind, chunks=SLOW_CHUNKS, pause=PAUSE)
