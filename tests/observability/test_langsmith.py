"""LangSmith's tracer, posting to a collector on this machine."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.tracers import LangChainTracer
from langsmith import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Collector(ThreadingHTTPServer):
    """Keeps the runs that are posted."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.raw: list[bytes] = []
        self.runs: dict[str, dict[str, Any]] = {}

    def take(self, body: bytes) -> None:
        self.raw.append(body)
        run = json.loads(body)
        known = self.runs.setdefault(run["id"], {})
        known.update({name: value for name, value in run.items() if value is not None})


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.take(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(202)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_PATCH = do_POST  # noqa: N815  # the base's form of a name

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_langsmith_gets_each_call_once_with_all_its_facts(
    collector: Collector, calls: Callable[..., None]
) -> None:
    url = f"http://127.0.0.1:{collector.server_address[1]}"
    client = Client(url, api_key="lsv2-test", auto_batch_tracing=False)
    calls(callbacks=[LangChainTracer(client=client)])
    runs = sorted(collector.runs.values(), key=lambda run: run["start_time"])
    asked, streamed, called, refused = runs
    assert all(run["run_type"] == "llm" for run in runs)
    assert asked["extra"]["metadata"]["ls_provider"] == "aimlapi"
    assert asked["extra"]["metadata"]["ls_model_name"] == "openai/gpt-4o"
    for run in (asked, streamed, called):
        message = run["outputs"]["generations"][0][0]["message"]["kwargs"]
        usage = message["usage_metadata"]
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
        assert message["response_metadata"]["model_name"] == "gpt-4o-2024-08-06"
        assert message["response_metadata"]["inference_id"]
    assert [event["name"] for event in streamed["events"]].count("end") == 1
    (call,) = called["outputs"]["generations"][0][0]["message"]["kwargs"]["tool_calls"]
    assert (call["name"], call["args"]) == ("weather", {"city": "Paris"})
    assert "HTTP 401" in refused["error"]
    assert not any(b"nobody-may-see" in body for body in collector.raw)


def test_langsmith_gets_cached_and_reasoning_tokens(
    collector: Collector, long_calls: Callable[..., None]
) -> None:
    url = f"http://127.0.0.1:{collector.server_address[1]}"
    client = Client(url, api_key="lsv2-test", auto_batch_tracing=False)
    long_calls(callbacks=[LangChainTracer(client=client)])
    for run in collector.runs.values():
        message = run["outputs"]["generations"][0][0]["message"]["kwargs"]
        usage = message["usage_metadata"]
        assert usage["input_token_details"]["cache_read"] >= 1024
        assert usage["output_token_details"]["reasoning"] > 0
        assert message["response_metadata"]["model_name"] == "gpt-5.4-2026-03-05"
        assert message["response_metadata"]["id"].startswith("resp_")
