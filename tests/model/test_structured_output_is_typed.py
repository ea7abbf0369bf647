"""What a type checker knows of a structured answer, and that LangChain can read the hints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest
from pydantic import BaseModel

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import Failure, answers

PROGRAM = Path(__file__).with_name("typed_structured_output.py")
ROOT = Path(__file__).parents[2]


class Person(BaseModel):
    """A person."""

    name: str


def test_a_class_gives_its_instances_to_type_checkers() -> None:
    pytest.importorskip("mypy")
    cache = ROOT / ".mypy_cache" / "of_users"
    command = ("mypy", "--strict", "--config-file=", "--cache-dir", str(cache), str(PROGRAM))
    ran = subprocess.run(  # noqa: S603  # a type checker of this environment
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.stdout.startswith("Success"), ran.stdout


@pytest.mark.parametrize("method", ["with_structured_output", "bind_tools"])
def test_type_hints_can_be_read_at_run_time(method: str) -> None:
    assert "return" in get_type_hints(getattr(ChatAIMLAPI, method))


def test_a_model_with_fallbacks_gives_structured_answers() -> None:
    failing = ChatAIMLAPI(model="gpt-4o", max_retries=0, **answers([Failure(503)]))
    other = ChatAIMLAPI(model="gpt-4o", **answers(['{"name": "Ada"}']))
    chain = failing.with_fallbacks([other]).with_structured_output(Person)
    assert chain.invoke("Who?") == Person(name="Ada")
