"""What a text costs to embed, beside `OpenAIEmbeddings`: CPU time, answers from memory.

`python -m tests.benchmarks.embeddings` prints microseconds per text and the ratio. Both get the
same answer from a transport in memory, as base64; neither asks the network. The other package
would count tokens with tiktoken first; that is switched off here, which spares it time.
"""

from __future__ import annotations

import argparse
import base64
import json
import struct
import sys
from array import array
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import httpx

from langchain_aimlapi import AIMLAPIEmbeddings

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = "text-embedding-3-small"
TEXTS = [f"Passage {number}: " + "some words of a document, " * 12 for number in range(200)]
ROUNDS = 15
RESULTS = Path(__file__).parents[2] / ".benchmarks" / "embeddings.json"
_BYTES = 1536 * 4
"""Of a vector."""

_VECTOR = base64.b64encode(struct.pack("<1536f", *(0.01 * i for i in range(1536)))).decode()


def answer(body: bytes) -> bytes:
    """Return the answer to a request."""
    texts = json.loads(body)["input"]
    rows = [{"object": "embedding", "index": i, "embedding": _VECTOR} for i in range(len(texts))]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return json.dumps({"object": "list", "data": rows, "model": MODEL, "usage": usage}).encode()


def ours() -> Callable[[], Any]:
    """Return a call of this package."""
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, content=answer(request.content))
    )
    model = AIMLAPIEmbeddings(
        model=MODEL, api_key="sk-benchmark", http_client=httpx.Client(transport=transport)
    )
    return lambda: model.embed_documents(TEXTS)


def openais() -> Callable[[], Any]:
    """Return the same call of langchain-openai, with the client that its `openai` takes."""
    import openai  # noqa: PLC0415  # of the benchmark's environment
    from langchain_openai import OpenAIEmbeddings  # noqa: PLC0415  # the same

    module = sys.modules.get(
        openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0], httpx
    )
    transport = module.MockTransport(
        lambda request: module.Response(
            200, content=answer(request.content), headers={"content-type": "application/json"}
        )
    )
    model = OpenAIEmbeddings(
        model=MODEL,
        api_key="sk-benchmark",
        check_embedding_ctx_length=False,
        http_client=module.Client(transport=transport),
    )
    return lambda: model.embed_documents(TEXTS)


def measured(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the least CPU time per text, in microseconds, in alternating rounds."""
    least = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = process_time()
            call()
            least[name] = min(least[name], (process_time() - start) / len(TEXTS) * 1e6)
    return least


def speeds() -> dict[str, float]:
    """Return how many MB of vectors a second are read of a whole answer, and of base64 alone.

    What cannot be spared is the decoding of base64, the copy into an array and the list of
    Python's numbers that LangChain wants; the JSON around it and the checks are ours. All keep
    what they made, and read the same texts: to fill new memory takes a third of the time.
    """
    # The reading alone is measured, without what sends and receives.
    from langchain_aimlapi._services.embeddings import read_vectors  # noqa: PLC0415  # late

    body = answer(json.dumps({"input": TEXTS}).encode())
    sent = [row["embedding"] for row in json.loads(body)["data"]]

    def decoded(text: str) -> array[float]:
        numbers = array("f")
        numbers.frombytes(base64.b64decode(text))
        return numbers

    calls: dict[str, Callable[[], Any]] = {
        "ours, from the answer": lambda: read_vectors(body, len(TEXTS)),
        "base64, array, list alone": lambda: [decoded(text).tolist() for text in sent],
        "base64, array alone": lambda: [decoded(text) for text in sent],
    }
    return {title: _BYTES / micros for title, micros in measured(calls).items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.embeddings")
    parser.add_argument("--json", type=Path, default=RESULTS, help="default: %(default)s")
    options = parser.parse_args()
    calls = {"ours": ours()}
    if find_spec("langchain_openai"):
        calls["OpenAIEmbeddings"] = openais()
    figures = measured(calls)
    shown = {f"a text, {name}": f"{figure:.0f} us" for name, figure in figures.items()}
    shown |= {f"reading vectors, {name}": f"{mb:.0f} MB/s" for name, mb in speeds().items()}
    for title, figure in shown.items():
        sys.stdout.write(f"{title}: {figure}\n")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"texts": figures, "shown": shown}, indent=2) + "\n")


if __name__ == "__main__":
    main()
