"""`POST /v1/embeddings`: strict as the documents, with vectors that are alike where texts are.

A vector is the sum of one pseudo-random direction per word, so that texts that share words lie near
each other: enough for a search to find the right passage, and the same in every run.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import struct
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from .rules import Refusal, array, by_kind, check, fields, filled, maybe, number, refuse, text
from .usage import spent, tokens_of

Json = dict[str, Any]

_TASKS = ("RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY")
_TEXTS = by_kind(string=filled, array=array(filled, at_least=1))
_DIMENSIONS = {"dimensions": number(1, 3072)}
# By model: numbers of a vector unless asked otherwise, USD per million tokens, parameters.
MODELS: dict[str, tuple[int, float, Json]] = {
    "text-embedding-3-small": (
        1536, 0.02, {"encoding_format": text("float", "base64"), **_DIMENSIONS},
    ),
    "text-multilingual-embedding-002": (768, 0.1, {"task_type": text(*_TASKS), **_DIMENSIONS}),
    "alibaba/qwen-text-embedding-v4": (1024, 0.1, {"dimensions": number(64, 2048)}),
}  # fmt: skip


def answer(body: Json) -> Json:
    """Return the answer to a request, or raise what it is refused with."""
    model = str(body.get("model"))
    if model not in MODELS:
        raise Refusal(400, f"Invalid input: model: Invalid enum value, received '{model}'")
    usual, price, parameters = MODELS[model]
    more = {name: maybe(rule) for name, rule in parameters.items()}
    refuse(check(TypeAdapter(fields(model=str, input=_TEXTS, **more)), body))
    given = body["input"]
    texts = [given] if isinstance(given, str) else given
    size = int(body.get("dimensions") or usual)
    packed = body.get("encoding_format") == "base64"
    rows = [
        {"object": "embedding", "index": index, "embedding": _packed(v) if packed else v}
        for index, v in enumerate(_vector(each, size) for each in texts)
    ]
    tokens = sum(map(tokens_of, texts))
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    meta = {"usage": spent(tokens * price * 2)}
    # Backwards: a client has to look at the index.
    return {"object": "list", "data": rows[::-1], "model": model, "usage": usage, "meta": meta}


_COMMON_WORDS = (
    "a an and are as at be by do does for from how in is it its of on or that the to was what when "
    "where which who with you your"
)
_COMMON = frozenset(_COMMON_WORDS.split())


def _vector(said: str, size: int) -> list[float]:
    total = [0.0] * size
    words = [word for word in re.findall(r"\w+", said.lower()) if word not in _COMMON]
    for word in words or [said]:
        # Half for the word, half for how it starts: "tower" and "towers" are alike.
        for direction in (_direction(word, size), _direction(word[:4], size)):
            total = [a + b for a, b in zip(total, direction, strict=True)]
    length = math.sqrt(sum(x * x for x in total)) or 1.0
    # As float32, so that both encodings hold the same numbers.
    numbers = struct.unpack(f"<{size}f", struct.pack(f"<{size}f", *(x / length for x in total)))
    return [float(f"{x:.9g}") for x in numbers]


@lru_cache(maxsize=4096)
def _direction(word: str, size: int) -> tuple[int, ...]:
    data = hashlib.shake_256(word.encode()).digest(size)
    return tuple(byte - 128 for byte in data)


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
