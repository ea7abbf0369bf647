"""Answer a file of prompts on many workers with Ray Data, and never pay twice for a row.

    pip install "langchain-aimlapi[testing]" "ray[data]" tqdm
    python examples/scale_out_ray.py prompts.jsonl answers/ --model openai/gpt-4o --concurrency 16

Each line of the file is `{"prompt": "...", "id": "..."}`; without an id it is the line's number.
A worker writes each answer to the disk before it reports it, so a run that was killed at any
moment goes on where it stopped: start it again, and only rows without an answer are asked. Rows
that failed are written with the type of their error, and asked again by the next run. When all is
done `answers/answers.jsonl` holds one line per row, in the order of the file.

On a cluster set `RAY_ADDRESS`, and let `answers/` be on a disk that all its machines share. The key
goes to the workers inside the pickled model, so the cluster must be one that may know it. One run
at a time writes to a folder.

Without `AIMLAPI_API_KEY` recorded answers to the example's own prompts are replayed in the workers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Ray reports its use to its makers unless it is told not to; set to 1 to help them.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

try:
    import ray
    import ray.data
    from tqdm import tqdm
except ModuleNotFoundError as missing:
    sys.exit(f'{missing.name} is missing: pip install "ray[data]" tqdm')

from langchain_aimlapi import ChatAIMLAPI

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import AIMessage

Row = dict[str, Any]

MODEL = "openai/gpt-4o"
MAX_TOKENS = 512
EXAMPLES = Path(__file__).resolve().parent
PROMPTS = EXAMPLES / "prompts.jsonl"
CASSETTE = EXAMPLES.parent / "cassettes" / "examples" / "scale_out_ray.yaml"


class Folder:
    """The answers on disk: a file per row, so that no two workers ever write to the same one."""

    def __init__(self, path: Path) -> None:
        """Use a folder; it need not exist yet."""
        self.path = path

    def read(self, row_id: str) -> Row | None:
        """Return what is known of a row: an answer, an error, or nothing."""
        try:
            record: Row = json.loads(self._file(row_id).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return record

    def write(self, record: Row) -> None:
        """Write a row so that it is there, whole, when the power fails after this call."""
        file = self._file(record["id"])
        file.parent.mkdir(parents=True, exist_ok=True)
        write_durably(file, json.dumps(record, ensure_ascii=False) + "\n")

    def collect(self, rows: Sequence[Row]) -> Path:
        """Write all that is known into one file, in the order of the rows."""
        file = self.path / "answers.jsonl"
        records = (self.read(row["id"]) for row in rows)
        lines = [json.dumps(record, ensure_ascii=False) for record in records if record]
        write_durably(file, "".join(f"{line}\n" for line in lines))
        return file

    def _file(self, row_id: str) -> Path:
        # Ids may hold anything, file names may not.
        name = hashlib.sha256(row_id.encode()).hexdigest()
        return self.path / "rows" / name[:2] / f"{name}.json"


def write_durably(file: Path, text: str) -> None:
    """Replace a file by a whole new one, and wait until the disk has both it and its name."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=file.parent, suffix=".draft", delete=False
    ) as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def is_answered(record: Row | None) -> bool:
    """Return whether a row needs no further call."""
    return record is not None and "error" not in record


class Worker:
    """What Ray starts in each worker process: one model with clients of its own."""

    def __init__(
        self, model: ChatAIMLAPI, answers: str, at_once: int, cassette: str | None = None
    ) -> None:
        """Take the model, which came here pickled; its clients are made on the first call."""
        self.model = model
        self.folder = Folder(Path(answers))
        self.at_once = at_once
        self.name = f"{ray.get_runtime_context().get_node_id()[:8]}-{os.getpid()}"
        if cassette:
            from langchain_aimlapi.testing import replay  # noqa: PLC0415 - only needed here

            self.replaying = replay(cassette, repeat=True)
            self.replaying.__enter__()  # for as long as this process lives

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[str]]:
        """Answer a batch of rows; each is on the disk before the batch is reported."""
        rows = [json.loads(text) for text in batch["row"]]
        # Ray gives the batch of a worker that died to another one: what the first one finished
        # is not asked again.
        known = {row["id"]: self.folder.read(row["id"]) for row in rows}
        records = [record for record in known.values() if record and is_answered(record)]
        missing = [row for row in rows if not is_answered(known[row["id"]])]
        records.extend(self._ask(missing))
        return {"record": [json.dumps(record) for record in records]}

    def _ask(self, rows: list[Row]) -> Iterator[Row]:
        outcomes = self.model.batch_as_completed(
            [row["prompt"] for row in rows],
            {"max_concurrency": self.at_once},
            return_exceptions=True,
        )
        for number, outcome in outcomes:
            row = rows[number]
            facts = failed(outcome) if isinstance(outcome, Exception) else answered(outcome)
            record = {"id": row["id"], "request": row["request"], **facts, "worker": self.name}
            self.folder.write(record)
            yield record


def answered(message: AIMessage) -> Row:
    """Return what is kept of an answer."""
    facts, usage = message.response_metadata, message.usage_metadata
    return {
        "answer": message.text,
        "model": facts.get("model_name"),
        "finish_reason": facts.get("finish_reason"),
        "tokens": usage["total_tokens"] if usage else None,
        "usd": facts.get("cost", {}).get("usd"),
        "inference_id": facts.get("inference_id"),
    }


def failed(error: Exception) -> Row:
    """Return what is kept of a failure, after the model's own repeats."""
    facts = {
        "type": type(error).__name__,
        "message": str(error),
        "status_code": getattr(error, "status_code", None),
        "inference_id": getattr(error, "inference_id", None),
    }
    return {"error": {name: fact for name, fact in facts.items() if fact is not None}}


def rows_of(prompts: Path, model: ChatAIMLAPI) -> list[Row]:
    """Read the prompts, each with its id and a digest of everything that is asked."""
    rows: dict[str, Row] = {}
    for number, line in enumerate(prompts.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            row_id, prompt = str(given.get("id", number)), given["prompt"]
        except (ValueError, KeyError, AttributeError):
            sys.exit(f'{prompts}, line {number}: it must read {{"prompt": ..., "id": ...}}')
        if row_id in rows:
            sys.exit(f"{prompts}, line {number}: the id {row_id!r} was there before")
        asked = json.dumps([prompt, model.model_name, model.max_tokens])
        request = hashlib.sha256(asked.encode()).hexdigest()[:16]
        rows[row_id] = {"id": row_id, "prompt": prompt, "request": request}
    return list(rows.values())


def missing_from(folder: Folder, rows: list[Row]) -> list[Row]:
    """Return the rows without an answer; stop where an answer belongs to another question."""
    missing = []
    for row in rows:
        record = folder.read(row["id"])
        if record is None or not is_answered(record):
            missing.append(row)
        elif record["request"] != row["request"]:
            sys.exit(
                f"{folder.path} answers another prompt, model or limit for row {row['id']!r}. "
                "Nothing was asked: use another folder, or give the row another id."
            )
    return missing


def ask_all(rows: list[Row], worker: tuple[Any, ...], workers: int, at_once: int) -> Iterator[Row]:
    """Send the rows through a pool of workers, and yield each record as it is reported."""
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False  # ours counts rows, Ray's count blocks
    # Large enough to keep all of a worker's calls going, small enough to report often.
    size = max(1, min(4 * at_once, len(rows) // workers))
    table = ray.data.from_items(
        [{"row": json.dumps(row)} for row in rows], override_num_blocks=-(-len(rows) // size)
    )
    records = table.map_batches(
        Worker,
        fn_constructor_args=worker,
        compute=ray.data.ActorPoolStrategy(size=workers),
        batch_size=size,
        num_cpus=0.25,  # they wait for the network most of the time
    )
    for report in records.iter_rows():
        yield json.loads(report["record"])


class Totals(Counter[str]):
    """Rows, tokens and US dollars, added up."""

    def add(self, record: Row) -> None:
        """Count one record."""
        if "error" in record:
            self["failed"] += 1
            return
        self["answered"] += 1
        self["tokens"] += record["tokens"] or 0
        # Whole billionths of a dollar add up without an error of rounding.
        self["nano_usd"] += round((record["usd"] or 0) * 1e9)
        self["unreported"] += record["usd"] is None

    def __str__(self) -> str:
        """Return the sums in one line."""
        said = f"{self['answered']} answered, {self['failed']} failed, "
        said += f"{self['tokens']} tokens, {self['nano_usd'] / 1e9:.6f} USD"
        unknown = self["unreported"]
        return f"{said} and {unknown} of unreported cost" if unknown else said


def follow(records: Iterator[Row], done: int, total: int) -> Totals:
    """Count what comes in: on a bar in a terminal, else in a line per tenth."""
    totals = Totals()
    step = max(1, total // 10)
    with tqdm(total=total, initial=done, unit="row", disable=None) as bar:
        for record in records:
            totals.add(record)
            bar.update()
            now = done + totals["answered"] + totals["failed"]
            if not bar.disable:
                bar.set_postfix_str(str(totals))
            elif now % step == 0 or now == total:
                print(f"{now} of {total} rows: {totals}", flush=True)
    return totals


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("prompts", type=Path, nargs="?", default=PROMPTS, help="a JSONL file")
    parser.add_argument("answers", type=Path, nargs="?", default=Path("answers"), help="a folder")
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--max-tokens", type=int, default=MAX_TOKENS, help="per answer")
    parser.add_argument("--max-retries", type=int, default=4, help="repeats per row")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--concurrency", type=int, default=8, help="rows under way, in all workers")
    return parser.parse_args()


def main() -> None:
    """Ask what is missing, then say what it cost."""
    args = arguments()
    key, cassette = os.environ.get("AIMLAPI_API_KEY"), None
    if not key:
        # What was recorded was with the service, whatever base URL is set here.
        os.environ.pop("AIMLAPI_API_BASE", None)
        key, cassette = "replay", str(CASSETTE)
        print("AIMLAPI_API_KEY is not set: each worker replays answers recorded from an emulator.")
    model = ChatAIMLAPI(
        model=args.model, max_tokens=args.max_tokens, max_retries=args.max_retries, api_key=key
    )
    folder = Folder(args.answers.resolve())
    rows = rows_of(args.prompts, model)
    missing = missing_from(folder, rows)
    print(f"{len(rows)} rows, {len(rows) - len(missing)} answered before, {len(missing)} to ask.")
    folder.path.mkdir(parents=True, exist_ok=True)
    now = Totals()
    if missing:
        ray.init(logging_level="warning", log_to_driver=False)
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        workers = min(args.workers, len(missing))
        at_once = max(1, args.concurrency // workers)
        made_of = (model, str(folder.path), at_once, cassette)
        records = ask_all(missing, made_of, workers, at_once)
        now = follow(records, len(rows) - len(missing), len(rows))
    ever = Totals()
    for row in rows:
        ever.add(folder.read(row["id"]) or {"error": "lost"})
    print(f"this run: {now}\nin all:   {ever}\nanswers:  {folder.collect(rows)}")
    if now["failed"]:
        sys.exit(f"{now['failed']} rows failed; start again to ask only them.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped. What is answered is kept; start again to ask the rest.")
