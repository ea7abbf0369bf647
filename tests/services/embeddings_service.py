"""A service of embeddings, and models that ask it."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx

from langchain_aimlapi import AIMLAPIEmbeddings

if TYPE_CHECKING:
    from collections.abc import Callable


KEY = "sk-embeddings-0123456789"


class Service:
    """Answers with vectors that say which text they are of: its length and its place."""

    def __init__(self, *, fails_on: str | None = None, status: int = 429) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.fails_on = fails_on
        self.status = status
        self.busy = 0
        self.busiest = 0
        self._lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        time.sleep(0.005)
        with self._lock:
            self.busy -= 1
        return self.answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.bodies.append(body)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        if self.fails_on in texts:
            return httpx.Response(self.status, json={"error": {"message": f"no {KEY}"}})
        rows = [
            {"index": index, "embedding": [float(len(text)), float(index)]}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        meta = {"usage": {"usd_spent": 0.001, "credits_used": 2000}}
        answer = {"data": rows[::-1], "model": body["model"], "usage": usage, "meta": meta}
        return httpx.Response(200, json=answer)


def model_of(
    service: Callable[[httpx.Request], httpx.Response],
    model: str = "text-embedding-3-small",
    **settings: Any,
) -> AIMLAPIEmbeddings:
    return AIMLAPIEmbeddings(
        model=model,
        api_key=KEY,
        http_client=httpx.Client(transport=httpx.MockTransport(service)),
        http_async_client=httpx.AsyncClient(transport=httpx.MockTransport(service)),
        **{"max_retries": 0, **settings},
    )
