"""What MIGRATION.md says of the other packages is so: of their parameters, errors and metadata."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from langchain_openrouter import ChatOpenRouter
from pages import QUOTED, ROOT, at, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.language_models import BaseChatModel

PAGE = "MIGRATION.md"
CLASSES: dict[str, type[Any]] = {
    "ChatOpenAI": ChatOpenAI,
    "ChatAnthropic": ChatAnthropic,
    "ChatOpenRouter": ChatOpenRouter,
}
PACKAGES = {"ChatOpenAI": "openai", "ChatAnthropic": "anthropic", "ChatOpenRouter": "openrouter"}
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENROUTER_API_KEY")
TOKEN = {"token": "Hi", "logprob": -0.1, "bytes": [72], "top_logprobs": []}
LOGPROBS = {"content": [TOKEN], "refusal": None}
COUNTS = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.5}


def of_openai(message: dict[str, Any], kind: str) -> dict[str, Any]:
    finish = {"finish_reason": "stop", "native_finish_reason": "end", "logprobs": LOGPROBS}
    return {
        "id": "gen-1",
        "object": f"chat.completion{'' if kind == 'message' else '.chunk'}",
        "created": 1,
        "model": "served",
        "system_fingerprint": "fp_1",
        "choices": [{"index": 0, kind: {"role": "assistant", **message}, **finish}],
        "usage": COUNTS,
    }


ANSWERS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": of_openai({"content": "Hi", "reasoning": "Hm."}, "message"),
    "/v1/responses": {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": "served",
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm"}]}
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    },
    "/v1/messages": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "served",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "text", "text": "Hi"},
        ],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 2},
    },
}
STREAM = (
    b"data: %s\n\ndata: [DONE]\n\n" % json.dumps(of_openai({"content": "Hi"}, "delta")).encode()
)


class Service(ThreadingHTTPServer):
    """Answers, or refuses with a status."""

    refusal: tuple[int, str] | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, body, kind = 200, json.dumps(ANSWERS[self.path]).encode(), "application/json"
        if self.server.refusal is not None:
            status, text = self.server.refusal
            error = {"message": text, "type": "x", "code": status}
            body = json.dumps({"type": "error", "error": error}).encode()
        elif asked.get("stream"):
            body, kind = STREAM, "text/event-stream"
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service(running: Service) -> Service:
    running.refusal = None
    return running


def made(name: str, root: str, **fields: Any) -> BaseChatModel:
    base = root if name == "ChatAnthropic" else f"{root}/v1"
    settings = {"model": "vendor/model", "api_key": "k", "base_url": base, "max_retries": 0}
    model: Any = CLASSES[name](**{**settings, **fields})
    if name == "ChatOpenRouter":
        # Without retries its SDK repeats for an hour by its own settings.
        model.client.sdk_configuration.retry_config = None
    return model  # type: ignore[no-any-return]  # one of the three


def root_of(server: Any) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_the_page_compares_with_the_versions_that_are_installed() -> None:
    compared = re.findall(
        r"(langchain-(?!aimlapi)\w+) ([\d.]+\d)", (ROOT / PAGE).read_text().partition("## ")[0]
    )
    assert {name: version(name) for name, _ in compared} == dict(compared)
    assert len(compared) == 3


# --- parameters ---


def names_of(made: type[Any]) -> set[str]:
    fields = made.model_fields
    return {*fields, *(field.alias for field in fields.values() if field.alias)}


@pytest.mark.parametrize(("column", "name"), list(enumerate(CLASSES, start=1)))
def test_each_parameter_is_one_of_the_class(column: int, name: str) -> None:
    listed = [found for row in table(PAGE, "Parameters") for found in QUOTED.findall(row[column])]
    assert len(listed) > 20
    assert not [found for found in listed if found not in names_of(CLASSES[name])]


# Of LangChain's own classes, and what holds the clients of a package.
COMMON = {
    *("cache", "callbacks", "custom_get_token_ids", "disable_streaming", "metadata", "name"),
    *("profile", "rate_limiter", "tags", "verbose"),
    *("client", "async_client", "root_client", "root_async_client"),
}


@pytest.mark.parametrize(("column", "name"), list(enumerate(CLASSES, start=1)))
def test_no_parameter_of_the_class_is_missing(column: int, name: str) -> None:
    listed = {found for row in table(PAGE, "Parameters") for found in QUOTED.findall(row[column])}
    assert names_of(CLASSES[name]) - listed - COMMON == set()


# --- errors ---

TOO_LONG = "This model's maximum context length is 8192 tokens. Your prompt is too long."
COLUMNS = dict(zip(CLASSES, (3, 4, 5), strict=True))
ROWS = [(row, name) for row in table(PAGE, "Errors") for name in CLASSES if row[COLUMNS[name]]]


@pytest.mark.parametrize(("row", "name"), ROWS, ids=lambda each: str(each)[:20])
def test_an_error_is_of_the_class_that_the_table_names(
    service: Service, monkeypatch: pytest.MonkeyPatch, row: list[str], name: str
) -> None:
    when, expected = row[0], class_of(row[COLUMNS[name]].strip("`"), name)
    root, fields = root_of(service), {}
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if when[:3].isdigit():
            service.refusal = (int(when[:3]), TOO_LONG if "long" in when else "No.")
        elif when == "no connection":
            root = f"http://127.0.0.1:{silent.getsockname()[1]}"  # bound, and nobody listens
        elif when == "a deadline passed":
            silent.listen()
            root = f"http://127.0.0.1:{silent.getsockname()[1]}"
            fields = {"timeout": 300 if name == "ChatOpenRouter" else 0.3}
        else:
            assert when == "no key"
            with pytest.raises(expected):
                CLASSES[name](model="vendor/model").invoke("Hi")
            return
        with pytest.raises(expected) as caught:
            made(name, root, **fields).invoke("Hi")
    # A class of the package itself, or LangChain's below it: none between the two is more exact.
    nearest = next(
        each for each in type(caught.value).__mro__ if "langchain" not in each.__module__
    )
    assert nearest is expected


def class_of(text: str, name: str) -> type[Exception]:
    module, _, found = text.rpartition(".")
    package = "openrouter.errors" if name == "ChatOpenRouter" else PACKAGES[name]
    if text == "ValueError":
        return ValueError
    expected: type[Exception] = getattr(import_module(module or package), found)
    return expected


# --- metadata ---


@pytest.fixture(scope="module")
def answers(running: Service) -> dict[str, list[Any]]:
    """What each class makes of an answer, and of others that only some of them ask for."""
    running.refusal = None
    root = root_of(running)
    headers = {"include_response_headers": True}
    openai = made("ChatOpenAI", root, **headers)
    reasons = made("ChatOpenAI", root, use_responses_api=True, **headers)
    return {
        "ChatOpenAI": [openai.invoke("Hi"), reasons.invoke("Hi")],
        "ChatAnthropic": [made("ChatAnthropic", root).invoke("Hi")],
        "ChatOpenRouter": [made("ChatOpenRouter", root).invoke("Hi"), joined(root)],
    }


def joined(root: str) -> Any:
    whole: Any = None
    for chunk in made("ChatOpenRouter", root).stream("Hi"):
        whole = chunk if whole is None else whole + chunk
    return whole


PLACES = [
    (name, row[0], path)
    for row in table(PAGE, "Metadata")
    for name, cell in zip(CLASSES, row[2:], strict=True)
    for path in QUOTED.findall(cell)
]


@pytest.mark.parametrize(("name", "what", "path"), PLACES)
def test_metadata_is_where_the_table_says(
    answers: dict[str, list[Any]], name: str, what: str, path: str
) -> None:
    attribute, *keys = re.findall(r"\w+", path)
    found = [at(getattr(answer, attribute), keys) for answer in answers[name]]
    assert any(value not in (None, "", {}, []) for value in found)
    if what == "reasoning":
        kinds = {block["type"] for answer in answers[name] for block in answer.content_blocks}
        assert "reasoning" in kinds


@pytest.mark.parametrize("name", CLASSES)
def test_what_the_table_leaves_empty_is_not_there(answers: dict[str, list[Any]], name: str) -> None:
    """Of our own names, for a user would look there first."""
    column = 2 + list(CLASSES).index(name)
    for row in table(PAGE, "Metadata"):
        attribute, *keys = re.findall(r"\w+", QUOTED.findall(row[1])[0])
        if row[column] or not keys:
            continue
        for answer in answers[name]:
            value = getattr(answer, attribute)
            assert isinstance(value, Mapping)
            assert at(value, keys) is None, row[0]
