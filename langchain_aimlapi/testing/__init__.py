"""Test chains, agents and graphs offline: answers by script, and recorded answers.

`answers([...])` fakes the HTTP layer; the real request and response code runs. It needs nothing
but this package.

Recorded answers ("cassettes") need the extra `testing`. In tests they are those of
pytest-recording, with this line in the top-level `conftest.py`:

    pytest_plugins = ["langchain_aimlapi.testing.plugin"]

In notebooks and scripts, `replay(path)` plays them.
"""

from langchain_aimlapi.testing._replay import replay
from langchain_aimlapi.testing._script import answers
from langchain_aimlapi.testing._wire import Answer, Failure

__all__ = ["Answer", "Failure", "answers", "replay"]
