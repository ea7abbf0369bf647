"""MLflow's autolog, into a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import mlflow
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def _logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri(tmp_path.as_uri())
    mlflow.set_experiment("calls")
    mlflow.langchain.autolog()
    yield
    mlflow.langchain.autolog(disable=True)


# MLflow warns that it would rather have a database than a folder.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("_logged")
def test_mlflow_sees_each_call_once_with_all_its_facts(calls: Callable[..., None]) -> None:
    calls()
    traces = mlflow.search_traces(return_type="list")
    spans = [trace.data.spans[0] for trace in sorted(traces, key=lambda t: t.info.request_time)]
    assert [span.status.status_code.value for span in spans] == ["OK", "OK", "OK", "ERROR"]
    for span in spans:
        assert span.attributes["mlflow.llm.model"] == "openai/gpt-4o"
        assert span.attributes["mlflow.llm.provider"] == "aimlapi"
    for span in spans[:3]:
        usage = span.attributes["mlflow.chat.tokenUsage"]
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    # MLflow keeps the model that served nowhere but in the chunks of a stream.
    served = [span for span in spans if "gpt-4o-2024-08-06" in json.dumps(span.to_dict())]
    assert served == [spans[1]]
    shown = json.dumps([trace.to_dict() for trace in traces], default=str)
    for word in ("Name a colour.", "weather", "Paris", "HTTP 401"):
        assert word in shown
    assert "nobody-may-see" not in shown
