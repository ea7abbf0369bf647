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
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from . import errors
from .rules import Issue, kind_of
from .usage import CREDITS_PER_USD, tokens_of

Json = dict[str, Any]

_TASK_NAMES = (
    "RETRIEVAL_QUERY RETRIEVAL_DOCUMENT SEMANTIC_SIMILARITY CLASSIFICATION CLUSTERING "
    "QUESTION_ANSWERING FACT_VERIFICATION"
)
_TASKS = tuple(_TASK_NAMES.split())


@dataclass(frozen=True)
class Kind:
    """What the documents of one vendor have in common."""

    size: int
    """Numbers of a vector, unless asked otherwise."""
    parameters: frozenset[str]
    strict: bool = False
    """Whether other fields are refused."""
    sizes: tuple[int, int] = (1, 3072)
    single: int | None = None
    """Characters of a text that is sent alone."""
    listed: int | None = None
    """Characters of a text in a list."""
    total_only: bool = False
    """Voyage reports a total and no prompt tokens, and errors as `detail`."""
    price: float = 0.1
    """USD per million tokens."""


_OPENAI = Kind(1536, frozenset({"encoding_format", "dimensions"}), strict=True, price=0.02)
_GOOGLE = Kind(768, frozenset({"dimensions", "task_type", "title", "auto_truncate"}))
_QWEN = Kind(1024, frozenset({"dimensions"}), sizes=(64, 2048))
_VOYAGE = Kind(1024, frozenset({"input_type"}), single=8000, listed=800, total_only=True)
_PLAIN = Kind(768, frozenset())

MODELS: dict[str, Kind] = {
    "text-embedding-3-small": _OPENAI,
    "text-embedding-3-large": Kind(3072, _OPENAI.parameters, strict=True, price=0.13),
    "text-embedding-ada-002": _OPENAI,
    "text-multilingual-embedding-002": _GOOGLE,
    "alibaba/qwen-text-embedding-v4": _QWEN,
    "voyage-2": _VOYAGE,
    "BAAI/bge-base-en-v1.5": _PLAIN,
}


def answer(body: Json, path: str) -> Json:
    """Return the answer to a request, or raise what it is refused with."""
    model = body.get("model")
    kind = MODELS.get(model) if isinstance(model, str) else None
    if kind is None:
        expected = " | ".join(f"'{name}'" for name in MODELS)
        text = f"Invalid enum value. Expected {expected}, received '{model}'"
        raise errors.invalid([Issue(("model",), text)], path)
    issues = [*_input_issues(body.get("input"), kind), *_field_issues(body, kind)]
    if issues and kind.total_only:
        raise errors.Refusal(400, {"detail": "; ".join(map(str, issues))})
    if issues:
        raise errors.invalid(issues, path)
    given = body["input"]
    texts = [given] if isinstance(given, str) else given
    size = int(body.get("dimensions") or kind.size)
    packed = body.get("encoding_format") == "base64"
    rows = [
        {"object": "embedding", "index": index, "embedding": _packed(v) if packed else v}
        for index, v in enumerate(_vector(text, size) for text in texts)
    ]
    tokens = sum(map(tokens_of, texts))
    usage = {"total_tokens": tokens}
    if not kind.total_only:
        usage = {"prompt_tokens": tokens, **usage}
    spent = max(round(tokens * kind.price * 2), 1)
    meta = {"usage": {"credits_used": spent, "usd_spent": spent / CREDITS_PER_USD}}
    # Backwards: a client has to look at the index.
    return {"object": "list", "data": rows[::-1], "model": model, "usage": usage, "meta": meta}


def _input_issues(given: Any, kind: Kind) -> list[Issue]:
    if isinstance(given, str):
        if not given:
            return [Issue(("input",), "String must contain at least 1 character(s)")]
        return _too_long(("input",), given, kind.single)
    if not isinstance(given, list):
        return [Issue(("input",), f"Expected string | array, received {kind_of(given)}")]
    if not given:
        return [Issue(("input",), "Array must contain at least 1 element(s)")]
    issues: list[Issue] = []
    for index, text in enumerate(given):
        if isinstance(text, str):
            issues += _too_long(("input", index), text, kind.listed)
        else:
            issues.append(Issue(("input", index), f"Expected string, received {kind_of(text)}"))
    return issues


def _too_long(path: tuple[str | int, ...], text: str, limit: int | None) -> list[Issue]:
    if limit is None or len(text) <= limit:
        return []
    return [Issue(path, f"String must contain at most {limit} character(s)")]


def _field_issues(body: Json, kind: Kind) -> list[Issue]:
    issues: list[Issue] = []
    extra = body.keys() - kind.parameters - {"model", "input"}
    if kind.strict:
        issues += [Issue((), f"Unrecognized key(s) in object: '{name}'") for name in sorted(extra)]
    choices = {
        "encoding_format": ("float", "base64"),
        "task_type": _TASKS,
        "input_type": ("document",),
    }
    for name, allowed in choices.items():
        if name in kind.parameters and body.get(name, allowed[0]) not in allowed:
            expected = " | ".join(f"'{choice}'" for choice in allowed)
            text = f"Invalid enum value. Expected {expected}, received '{body[name]}'"
            issues.append(Issue((name,), text))
    size = body.get("dimensions")
    if "dimensions" in kind.parameters and size is not None:
        low, high = kind.sizes
        if not isinstance(size, int) or not low <= size <= high:
            issues.append(Issue(("dimensions",), f"Expected {low}..{high}, received {size}"))
    return issues


_WORD = re.compile(r"\w+")
_COMMON_WORDS = (
    "a an and are as at be by do does for from how in is it its of on or that the to was what when "
    "where which who with you your"
)
_COMMON = frozenset(_COMMON_WORDS.split())


def _vector(text: str, size: int) -> list[float]:
    total = [0.0] * size
    words = [word for word in _WORD.findall(text.lower()) if word not in _COMMON]
    for word in words or [text]:
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
