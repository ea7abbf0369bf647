"""`POST /v1/decisions`: the documented request, and answers that follow from the words in it.

An option is as likely as the words that its description shares with the state; a yes is likely
where the instructions, or the description of yes, share any.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import TypeAdapter

from . import rules as z
from .rules import refuse
from .usage import spent, tokens_of

Json = dict[str, Any]

VERSIONS = {"typesafe/jev": "typesafe/jev-1.13-20260917", "liquid/d1": "liquid/d1"}
"""Of a model: the one that answers."""
_CREDITS_PER_TOKEN = 0.1

_TEXT_OR_JSON = str | list[Any] | dict[str, Any]
_OUTCOMES = z.fields(true=z.maybe(str), false=z.maybe(str))
_QUESTION = z.tagged(
    z.kinds(
        noul={"instructions": _TEXT_OR_JSON, "criteria": z.maybe(_OUTCOMES)},
        choice={"instructions": _TEXT_OR_JSON, "criteria": dict[str, str]},
        score={"instructions": _TEXT_OR_JSON, "criteria": z.array(str, at_least=2)},
    )
)
_BODY = TypeAdapter(
    z.fields(model=z.text(*VERSIONS), state=_TEXT_OR_JSON, questions=dict[str, _QUESTION])
)


def answer(body: Json) -> Json:
    """Return the answer to a request, or raise what it is refused with."""
    refuse(z.check(_BODY, body))
    words = _words(body["state"])
    questions = body["questions"]
    answers = {
        name: {"type": asked["type"], **_ANSWERS[asked["type"]](asked, words)}
        for name, asked in questions.items()
    }
    tokens = tokens_of(json.dumps([body["state"], questions]))
    return {
        "model": VERSIONS[body["model"]],
        "answers": answers,
        "usage": {"input_tokens": tokens, "output_tokens": tokens_of(json.dumps(answers))},
        "meta": {"usage": spent(tokens * _CREDITS_PER_TOKEN)},
    }


def _words(value: Any) -> frozenset[str]:
    """Return the words of a text or of JSON, but the short ones."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return frozenset(re.findall(r"\w{4,}", shown.lower()))


def _noul(asked: Json, words: frozenset[str]) -> Json:
    yes = (asked.get("criteria") or {}).get("true") or asked["instructions"]
    return {"noul": 0.96 if _words(yes) & words else 0.04}


def _choice(asked: Json, words: frozenset[str]) -> Json:
    described = {name: f"{name} {told}" for name, told in asked["criteria"].items()}
    likely = _shares(described, words)
    best = max(likely, key=lambda name: likely[name])
    return {"choice": best, "confidence": likely[best], "probabilities": likely}


def _score(asked: Json, words: frozenset[str]) -> Json:
    levels = {str(level): told for level, told in enumerate(asked["criteria"])}
    likely = _shares(levels, words)
    score = round(sum(int(level) * share for level, share in likely.items()), 4)
    sure = max(likely.values())
    return {"score": score, "confidence": sure, "legend": levels, "probabilities": likely}


def _shares(described: dict[str, str], words: frozenset[str]) -> dict[str, float]:
    """Return the probability of each description; they add up to 1."""
    found = {name: len(_words(told) & words) + 0.01 for name, told in described.items()}
    return {name: round(count / sum(found.values()), 4) for name, count in found.items()}


_ANSWERS = {"noul": _noul, "choice": _choice, "score": _score}
