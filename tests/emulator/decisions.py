"""`POST /v1/decisions`: the documented request, and answers that follow from the words in it.

An option is as likely as the words that its description shares with the state; a yes is likely
where the instructions, or the description of yes, share any.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from . import account
from . import rules as z
from .errors import refuse
from .service import Service, json_response, read_json
from .usage import CREDITS_PER_USD, tokens_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

Json = dict[str, Any]

VERSIONS = {"typesafe/jev": "typesafe/jev-1.13-20260917", "liquid/d1": "liquid/d1"}
"""Of a model: the one that answers."""
_CREDITS_PER_TOKEN = 0.1

_TEXT_OR_JSON = z.by_kind(string=z.string, object=z.open_object, array=z.array(z.anything))
_OUTCOMES = z.fields(true=z.maybe(z.string), false=z.maybe(z.string))
_QUESTION = z.tagged(
    z.kinds(
        noul={"instructions": _TEXT_OR_JSON, "criteria": z.maybe(_OUTCOMES)},
        choice={"instructions": _TEXT_OR_JSON, "criteria": z.mapping(z.string)},
        score={"instructions": _TEXT_OR_JSON, "criteria": z.array(z.string, at_least=2)},
    )
)
_BODY = z.fields(model=z.text(*VERSIONS), state=_TEXT_OR_JSON, questions=z.mapping(_QUESTION))


def decide(_: Service, request: Request) -> Response:
    """Answer a request."""
    body = read_json(request)
    refuse(_BODY(body, ()))
    made = answer(body)
    sent, received = made["usage"].values()
    spent = account.Spent(made["model"], sent, received, made["meta"]["usage"]["credits_used"])
    request.state.spent = spent
    return json_response(made)


def answer(body: Json) -> Json:
    """Return the answer to a request that is right."""
    words = _words(body["state"])
    questions = body["questions"]
    answers = {name: _ANSWERS[asked["type"]](asked, words) for name, asked in questions.items()}
    tokens = tokens_of(json.dumps([body["state"], questions]))
    spent = max(round(tokens * _CREDITS_PER_TOKEN), 1)
    return {
        "model": VERSIONS[body["model"]],
        "answers": answers,
        "usage": {"input_tokens": tokens, "output_tokens": tokens_of(json.dumps(answers))},
        "meta": {"usage": {"credits_used": spent, "usd_spent": spent / CREDITS_PER_USD}},
    }


def _words(value: Any) -> frozenset[str]:
    """Return the words of a text or of JSON, but the short ones."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return frozenset(re.findall(r"\w{4,}", shown.lower()))


def _shares(described: list[str], words: frozenset[str]) -> list[float]:
    """Return the probability of each description; they add up to 1."""
    found = [len(_words(each) & words) + 0.01 for each in described]
    return [round(count / sum(found), 4) for count in found]


def _noul(asked: Json, words: frozenset[str]) -> Json:
    yes = (asked.get("criteria") or {}).get("true") or asked["instructions"]
    return {"type": "noul", "noul": 0.96 if _words(yes) & words else 0.04}


def _choice(asked: Json, words: frozenset[str]) -> Json:
    options = asked["criteria"]
    described = [f"{option} {told}" for option, told in options.items()]
    likely = dict(zip(options, _shares(described, words), strict=True))
    best = max(likely, key=lambda option: likely[option])
    return {"type": "choice", "choice": best, "confidence": likely[best], "probabilities": likely}


def _score(asked: Json, words: frozenset[str]) -> Json:
    levels = asked["criteria"]
    likely = _shares(levels, words)
    return {
        "type": "score",
        "score": round(sum(level * share for level, share in enumerate(likely)), 4),
        "confidence": max(likely),
        "legend": {str(level): told for level, told in enumerate(levels)},
        "probabilities": {str(level): share for level, share in enumerate(likely)},
    }


_ANSWERS = {"noul": _noul, "choice": _choice, "score": _score}
