"""What `answers([...])` needs besides the package: nothing, not even a mark."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from projects import Project


def test_a_project_with_the_kit_needs_no_mark_for_a_script(project: Project) -> None:
    project.tests(
        """
from langchain_aimlapi.testing import answers

def test_it():
    model = ChatAIMLAPI(model="openai/gpt-4o", **answers(["Hello!"]))
    assert model.invoke("Hi").text == "Hello!"

async def test_async():
    model = ChatAIMLAPI(model="openai/gpt-4o", **answers(["Hello!"]))
    assert (await model.ainvoke("Hi")).text == "Hello!"
"""
    )
    project.run().assert_outcomes(passed=2)


def run_python(code: str) -> str:
    ran = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    return ran.stdout + ran.stderr


def test_a_script_needs_neither_the_extra_nor_pytest() -> None:
    code = """
import sys
sys.modules.update(dict.fromkeys(["vcr", "yaml", "pytest"]))
from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import answers
print(ChatAIMLAPI(model="openai/gpt-4o", **answers(["Hello!"])).invoke("Hi").text)
"""
    assert run_python(code) == "Hello!\n"


def test_the_package_itself_imports_nothing_of_it() -> None:
    code = """
import sys
import langchain_aimlapi
print([name for name in sys.modules if name.startswith("langchain_aimlapi.testing")])
"""
    assert run_python(code) == "[]\n"
