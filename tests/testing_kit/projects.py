"""A project as a user has it: tests of models, run by pytest itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doors.cassettes import cassette_from
from loopback import QUICK

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CONFTEST = 'pytest_plugins = ["langchain_aimlapi.testing"]\n'
PUBLIC = "https://api.aimlapi.com/v1/chat/completions"
SETTINGS = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
HEAD = """
import os
import httpx, pytest
from langchain_aimlapi import ChatAIMLAPI

def ask(question="Hi", **settings):
    settings = {"max_retries": 0, **settings}
    # Closed, though it fails: the frames of a failed test live as long as pytest, and a model in
    # them keeps the connections that all models of the process share.
    with ChatAIMLAPI(model="openai/gpt-4o", **settings) as model:
        return model.invoke(question).text
"""
ANSWER = b'{"id": "1", "choices": [{"message": {"content": "Hello!"}, "finish_reason": "stop"}]}'
GOOD = """\
source: recorded once
interactions:
- request:
    method: POST
    uri: https://api.aimlapi.com/v1/chat/completions
    headers:
      content-type: application/json
    body:
      json: |
        {"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
  response:
    status: 200
    headers:
      content-type: application/json
    body:
      json: |
        {"id": "1", "choices": [{"message": {"content": "Good!"}, "finish_reason": "stop"}]}
"""


class Project:
    """One module of tests in a folder of its own."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.conftest(CONFTEST)
        self.settings("")

    def conftest(self, text: str) -> None:
        self.pytester.makeconftest(text)

    def settings(self, lines: str) -> None:
        self.pytester.makeini(f"[pytest]\n{SETTINGS}{lines}\n")

    def tests(self, text: str) -> None:
        self.pytester.makepyfile(test_it=HEAD + text)

    def run(self, *arguments: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*QUICK, *arguments)

    def cassette(self, name: str = "test_it") -> Path:
        return self.path / "cassettes" / "test_it" / f"{name}.yaml"

    def put(self, text: str = GOOD, name: str = "test_it") -> Path:
        path = self.cassette(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def bodies(self, name: str = "test_it") -> list[bytes]:
        """Return the bodies of the requests in a cassette."""
        read = cassette_from(self.cassette(name).read_text(encoding="utf-8"))
        return [interaction["request"]["body"] for interaction in read["interactions"]]
