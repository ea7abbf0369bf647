"""LangSmith tracing, to a collector of our own on loopback: what it sees, and what it must not."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from families import ASKED, CLAUDE, GPT, weather
from langchain_core.tracers.langchain import LangChainTracer
from langsmith import Client

from langchain_aimlapi.errors import AuthenticationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from families import ModelOf


KEY = "sk-emulator-secret-4711"


class Collector:
    """Takes what a LangSmith client sends."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[bytes] = []

    @property
    def text(self) -> str:
        return b"\n".join(self.bodies).decode(errors="replace")


@pytest.fixture
def collector() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            found.bodies.append(body)
            body = json.dumps({"batch_ingest_config": {"use_multipart_endpoint": False}}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815  # names of the base class

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Collector(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def tracer(collector: Collector) -> Iterator[LangChainTracer]:
    client = Client(api_url=collector.url, api_key="ls-key", auto_batch_tracing=False)
    yield LangChainTracer(client=client, project_name="tests")
    client.flush()
    client.cleanup()


def runs(collector: Collector) -> list[dict[str, Any]]:
    parsed = [json.loads(body) for body in collector.bodies if body.startswith(b"{")]
    return [run for run in parsed if "inputs" in run or "outputs" in run]


@pytest.mark.parametrize("name", [CLAUDE, GPT])
@pytest.mark.parametrize("method", ["invoke", "stream"])
def test_a_trace_has_inputs_model_and_tokens_and_no_key(
    model_of: ModelOf, collector: Collector, tracer: LangChainTracer, name: str, method: str
) -> None:
    model = model_of(
        name,
        api_key=KEY,
        temperature=0.5,
        max_tokens=77,
        default_headers={"X-Other-Key": "sk-other-9876543210"},
    )
    bound = model.bind_tools([weather])
    if method == "invoke":
        bound.invoke([ASKED], config={"callbacks": [tracer]})
    else:
        list(bound.stream([ASKED], config={"callbacks": [tracer]}))
    tracer.client.flush()
    start, *_, end = runs(collector)
    assert "What is the weather in Paris?" in json.dumps(start["inputs"])
    facts = start["extra"]["metadata"]
    assert (facts["ls_provider"], facts["ls_model_name"]) == ("aimlapi", name)
    assert (facts["ls_temperature"], facts["ls_max_tokens"]) == (0.5, 77)
    assert facts["ls_model_type"] == "chat"
    outputs = json.dumps(end["outputs"])
    assert "Paris" in outputs
    assert '"total_tokens": ' in outputs
    assert '"cost"' in outputs
    for secret in (KEY, "sk-other-9876543210"):
        assert secret not in collector.text


def test_a_stream_that_fails_is_traced_with_what_was_asked(
    model_of: ModelOf, collector: Collector, tracer: LangChainTracer
) -> None:
    model = model_of(CLAUDE, api_key="sk-invalid")
    with pytest.raises(AuthenticationError):
        list(model.stream("What is 17 * 23?", config={"callbacks": [tracer]}))
    tracer.client.flush()
    start, *_, end = runs(collector)
    assert "What is 17 * 23?" in json.dumps(start["inputs"])
    assert start["extra"]["metadata"]["ls_model_name"] == CLAUDE
    assert "AuthenticationError" in end["error"]
    assert "sk-invalid" not in collector.text
