"""What the package offers by name, also by the names of 0.1."""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
import sys

import pytest

import langchain_aimlapi


@pytest.mark.parametrize(
    ("module", "name"), [("chat_models", "ChatAimlapi"), ("embeddings", "AimlapiEmbeddings")]
)
def test_a_path_of_0_1_still_imports(module: str, name: str) -> None:
    found = getattr(importlib.import_module(f"langchain_aimlapi.{module}"), name)
    assert found is getattr(langchain_aimlapi, name)


def test_other_names_are_missing_as_usual() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = langchain_aimlapi.Nothing
    with pytest.raises(ImportError, match="cannot import name 'Nothing'"):
        exec("from langchain_aimlapi import Nothing")  # noqa: S102  # as a user writes it


LATE = (
    *("vcr", "yaml", "jsonschema", "tqdm", "httpx", "httpcore", "langchain_aimlapi._services"),
    *(f"langchain_aimlapi.{name}" for name in ("account", "batches", "catalogue", "decisions")),
    *(f"langchain_aimlapi.{name}" for name in ("data._profiles", "embeddings", "testing")),
)
# langsmith imports httpx-aiohttp wherever it is installed, and that imports httpx.
PROGRAM = f"""
import sys
sys.modules["httpx_aiohttp"] = None
import langchain_aimlapi
print([name for name in {LATE} if name in sys.modules])
langchain_aimlapi.ChatAIMLAPI("openai/gpt-4o", api_key="k")
print("langchain_aimlapi.data._profiles" in sys.modules)
sys.modules["langchain_core.decisions"] = None  # as in an older core
from langchain_aimlapi import *
try:
    from langchain_aimlapi import AIMLAPIDecisions
except ImportError as error:
    print(ChatAIMLAPI.__name__, error)
"""


def test_importing_it_imports_nothing_that_is_only_needed_later_or_with_a_newer_core() -> None:
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    late, read, decisions = done.stdout.splitlines()
    assert (late, read) == ("[]", "False")
    assert decisions.startswith("ChatAIMLAPI AIMLAPIDecisions needs langchain-core 1.8 or newer")
    assert 'pip install "langchain-core>=1.8"' in decisions


def test_the_version_is_that_of_the_distribution() -> None:
    assert importlib.metadata.version("langchain-aimlapi") == langchain_aimlapi.__version__
