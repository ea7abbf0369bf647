"""`examples/scale_out_ray.py` on a real cluster: an empty head, and two nodes with workers."""

from __future__ import annotations

import io
import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ray.cluster_utils import Cluster
from rough_service import (
    RoughService,
    forbidden_words,
    not_json,
    overloaded,
    rough_service,
    too_many_requests,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


PROMPTS = {f"row-{n}": f"What is {n} + {n}?" for n in range(48)}
AT_ONCE = 4


@contextmanager
def settings(**values: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    # Sockets of Ray stand in this folder, and their paths must be short.
    folder = tempfile.mkdtemp(prefix="ray-")
    # Ray notes its address in its usual folder, which nobody makes when another one is given.
    Path(tempfile.gettempdir(), "ray").mkdir(exist_ok=True)
    with settings(RAY_AUTH_MODE="disabled", RAY_USAGE_STATS_ENABLED="0"):
        running = Cluster()
        try:
            for cpus in (0, 1, 1):
                running.add_node(
                    num_cpus=cpus,
                    include_dashboard=False,
                    **({} if running.head_node else {"temp_dir": folder}),
                )
            yield running
        finally:
            running.shutdown()
            shutil.rmtree(folder, ignore_errors=True)


class Run:
    """The example, as a user starts it."""

    def __init__(self, root: Path, folder: Path, cluster: Cluster) -> None:
        self.script = str(root / "examples" / "scale_out_ray.py")
        self.folder = folder
        self.answers = folder / "answers"
        self._started: list[subprocess.Popen[str]] = []
        self.settings = {
            **os.environ,
            "RAY_ADDRESS": cluster.address,
            "RAY_AUTH_MODE": "disabled",
            "PYTHONUTF8": "1",
        }

    def start(self, service: RoughService, *options: str) -> subprocess.Popen[str]:
        prompts = self.folder / "prompts.jsonl"
        rows = [{"id": row_id, "prompt": prompt} for row_id, prompt in PROMPTS.items()]
        prompts.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        service_settings = {
            "AIMLAPI_API_BASE": service.base_url,
            "AIMLAPI_API_KEY": "sk-emulator",
        }
        return self._popen(
            [str(prompts), str(self.answers), f"--concurrency={AT_ONCE}", *options],
            service_settings,
        )

    def start_without_key(self, *arguments: str) -> subprocess.Popen[str]:
        """Start it on a machine of its own: no cluster, and a base URL that must not count."""
        alone = {
            "RAY_ADDRESS": "local",
            "AIMLAPI_API_BASE": "http://127.0.0.1:9/v1",
            "AIMLAPI_API_KEY": "",
        }
        return self._popen(list(arguments), alone)

    def _popen(self, arguments: list[str], more: dict[str, str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own example
            [sys.executable, self.script, *arguments],
            env={**self.settings, **more},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def kill(self) -> None:
        """Kill, as a power cut does, whatever still runs."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def written(self) -> dict[str, dict[str, Any]]:
        """Return the rows on the disk, in whatever state."""
        files = self.answers.glob("rows/*/*.json")
        records = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        return {record["id"]: record for record in records}

    def finished(self) -> set[str]:
        return {row_id for row_id, record in self.written().items() if "error" not in record}

    def collected(self) -> list[dict[str, Any]]:
        lines = (self.answers / "answers.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def run(pytestconfig: pytest.Config, tmp_path: Path, cluster: Cluster) -> Iterator[Run]:
    started = Run(pytestconfig.rootpath, tmp_path, cluster)
    yield started
    started.kill()


def wait_until(reached: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def wait_until_quiet(service: RoughService) -> None:
    """Wait until the workers of a killed run are gone, and what they had asked is answered."""
    before, since = len(service.asked), time.monotonic()
    while time.monotonic() - since < 1.0:
        time.sleep(0.05)
        if len(service.asked) != before:
            before, since = len(service.asked), time.monotonic()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def expected_answer(row_id: str) -> str:
    n = int(row_id.removeprefix("row-"))
    return f"{n} + {n} = {2 * n}."


def test_after_a_kill_no_finished_row_is_asked_again_and_all_rows_are_answered(run: Run) -> None:
    faults = {
        PROMPTS["row-3"]: [too_many_requests, overloaded],
        PROMPTS["row-30"]: [overloaded, too_many_requests, overloaded],
        PROMPTS["row-45"]: [forbidden_words],
        PROMPTS["row-47"]: [not_json],
    }
    with rough_service(seconds=0.2, faults=faults) as service:
        killed = run.start(service)
        wait_until(lambda: len(run.finished()) >= 12)
        run.kill()
        assert killed.returncode == -signal.SIGKILL
        wait_until_quiet(service)
        kept, asked_before = run.finished(), len(service.asked)
        assert 12 <= len(kept) < len(PROMPTS) - 2, "it was not killed in the middle"

        code, out, _ = ended(run.start(service))
        asked_again = set(service.asked[asked_before:])
        assert asked_again.isdisjoint(PROMPTS[row_id] for row_id in kept)
        assert f"48 rows, {len(kept)} answered before, {48 - len(kept)} to ask." in out
        # Two rows failed in a way that is not repeated by itself; the next run asks them only.
        records = run.written()
        errors = {i: r["error"]["type"] for i, r in records.items() if "error" in r}
        assert errors == {"row-45": "InvalidRequestError", "row-47": "MalformedResponseError"}
        assert records["row-45"]["error"]["status_code"] == 400
        assert (code, "46 answered, 2 failed" in out) == (1, True)

        asked_before = len(service.asked)
        code, out, _ = ended(run.start(service))
        assert sorted(service.asked[asked_before:]) == [PROMPTS["row-45"], PROMPTS["row-47"]]
        assert (code, "this run: 2 answered, 0 failed" in out) == (0, True)

        code, out, _ = ended(run.start(service))
        assert (code, len(service.asked) - asked_before) == (0, 2), "a fourth run asked something"

    rows = run.collected()
    assert [row["id"] for row in rows] == list(PROMPTS)
    assert {row["id"]: row["answer"] for row in rows} == {i: expected_answer(i) for i in PROMPTS}
    # Rows that were under way when it was killed may have been paid for, and nothing else.
    twice = sum(service.paid.values()) - len(PROMPTS)
    assert 0 <= twice <= AT_ONCE
    assert {service.paid[PROMPTS[row_id]] for row_id in kept} == {1}
    usd, tokens = sum(row["usd"] for row in rows), sum(row["tokens"] for row in rows)
    assert usd > 0
    assert f"in all:   48 answered, 0 failed, {tokens} tokens, {usd:.6f} USD\n" in out


def test_workers_of_two_nodes_share_the_rows_and_report_line_by_line(run: Run) -> None:
    with rough_service(seconds=0.1, faults={}) as service:
        code, out, err = ended(run.start(service))
    assert code == 0, err
    nodes = {row["worker"].split("-")[0] for row in run.collected()}
    assert len(nodes) == 2
    lines = [line for line in out.splitlines() if " of 48 rows: " in line]
    assert len(lines) == 12
    assert lines[-1].startswith("48 of 48 rows: 48 answered, 0 failed, ")
    assert set(service.paid.values()) == {1}


def test_a_model_of_the_responses_endpoint_answers_rows_too(run: Run) -> None:
    faults = {PROMPTS["row-3"]: [too_many_requests], PROMPTS["row-45"]: [forbidden_words]}
    with rough_service(seconds=0, faults=faults) as service:
        code, out, err = ended(run.start(service, "--model=openai/gpt-5-pro"))
        paths = {request.path for request in service.emulator.requests}
    assert paths == {"/v1/responses"}
    assert (code, "47 answered, 1 failed" in out) == (1, True), out + err
    rows = {row["id"]: row for row in run.written().values()}
    assert rows["row-3"]["answer"] == expected_answer("row-3")
    assert rows["row-45"]["error"]["type"] == "InvalidRequestError"
    assert all(row["usd"] > 0 for row in rows.values() if "error" not in row)


def test_rows_of_a_lost_node_go_to_the_other_one_and_finished_ones_are_not_asked_again(
    run: Run, cluster: Cluster
) -> None:
    with rough_service(seconds=0.2, faults={}) as service:
        process = run.start(service)
        wait_until(lambda: len(run.finished()) >= 12)
        cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
        kept, asked_before = run.finished(), len(service.asked)
        code, out, err = ended(process)
        cluster.add_node(num_cpus=1, include_dashboard=False)
    assert code == 0, out + err
    assert {r["id"]: r["answer"] for r in run.collected()} == {
        i: expected_answer(i) for i in PROMPTS
    }
    assert set(service.asked[asked_before:]).isdisjoint(PROMPTS[row_id] for row_id in kept)
    assert "this run: 48 answered, 0 failed, " in out


def test_answers_of_another_model_are_refused_and_kept(run: Run) -> None:
    with rough_service(seconds=0, faults={}) as service:
        assert ended(run.start(service))[0] == 0
        asked_before, rows = len(service.asked), run.collected()
        code, _, err = ended(run.start(service, "--model=gpt-4o-mini"))
        assert (code, len(service.asked)) == (1, asked_before)
    assert "answers another prompt, model or limit for row 'row-0'" in err
    assert run.collected() == rows


# The mark lets `make record`, which selects by it, come by here as well.
@pytest.mark.vcr
def test_without_a_key_recorded_answers_are_replayed_inside_the_workers(
    run: Run, record_mode: str
) -> None:
    if record_mode != "none":
        record_answers(run)
    code, out, err = ended(run.start_without_key())
    assert code == 0, out + err
    first, second, *_ = out.splitlines()
    assert first == (
        "AIMLAPI_API_KEY is not set: each worker replays answers recorded from an emulator."
    )
    assert second == "8 rows, 0 answered before, 8 to ask."
    answers = {row["id"]: row["answer"] for row in run.collected()}
    assert list(answers)[:3] == ["haiku", "sum", "greeting"]
    assert all(answers.values())
    code, out, _ = ended(run.start_without_key())
    assert (code, "8 answered before, 0 to ask." in out) == (0, True)


def record_answers(run: Run) -> None:
    """Ask what the workers ask, in a process that no other cassette is open in."""
    script = Path(__file__).with_name("record_scale_out.py")
    subprocess.run([sys.executable, str(script), run.script], check=True)  # noqa: S603 - our own


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['{"prompt": "Hi!"}', "Hi!"], ', line 2: it must read {"prompt": ..., "id": ...}'),
        (['{"id": 1}'], ', line 1: it must read {"prompt": ..., "id": ...}'),
        (['"Hi!"'], ', line 1: it must read {"prompt": ..., "id": ...}'),
        (['{"prompt": "Hi!", "id": 2}', '{"prompt": "Ho!"}'], ", line 2: the id '2' was there"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_before_anything_starts(
    run: Run, lines: list[str], expected: str
) -> None:
    prompts = run.folder / "broken.jsonl"
    prompts.write_text("\n".join(lines), encoding="utf-8")
    code, _, err = ended(run.start_without_key(str(prompts)))
    assert (code, expected in err) == (1, True)
    assert not run.answers.exists()


def test_an_empty_file_is_answered_by_an_empty_one(run: Run) -> None:
    prompts = run.folder / "empty.jsonl"
    prompts.write_text("\n", encoding="utf-8")
    code, out, err = ended(run.start_without_key(str(prompts)))
    assert (code, err) == (0, "")
    assert "0 rows, 0 answered before, 0 to ask." in out
    assert run.collected() == []


class Screen(io.StringIO):
    """Standard error, on a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_a_bar_in_a_terminal_and_a_line_per_tenth_elsewhere(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    terminal: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    follow = runpy.run_path(run.script)["follow"]
    screen = Screen(terminal=terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    answer = {"id": "1", "answer": "4", "tokens": 10, "usd": 0.25}
    free = {"id": "2", "answer": "5", "tokens": None, "usd": None}
    records = [answer] * 16 + [free, {"id": "3", "error": {"type": "RateLimitError"}}]
    totals = follow(iter(records), 2, 20)
    sums = "17 answered, 1 failed, 160 tokens, 4.000000 USD and 1 of unreported cost"
    assert str(totals) == sums
    lines = capsys.readouterr().out.splitlines()
    if terminal:
        assert lines == []
        assert "20/20 [" in screen.getvalue()
        assert sums in screen.getvalue()
    else:
        assert screen.getvalue() == ""
        assert lines[0] == "4 of 20 rows: 2 answered, 0 failed, 20 tokens, 0.500000 USD"
        assert lines[-1] == f"20 of 20 rows: {sums}"
        assert len(lines) == 9
