"""Instances of JSON schemas, made from a prompt: tool arguments and structured answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_CANNED = {
    "setup": "Why did the {subject} sit on the computer?",
    "punchline": "To keep an eye on the mouse!",
}
_PLACES = {"location", "city", "place", "country", "destination", "address", "town", "region"}
_WHOLE = {"query", "question", "text", "prompt", "message", "description", "task", "request"}


def arguments_for(name: str, schema: Schema, prompt: str, *, generous: bool) -> dict[str, Any]:
    """Return arguments of a tool for a prompt.

    Args:
        name: The tool; a call written out in the prompt, such as `add(1, 2)`, is taken literally.
        schema: The JSON schema of the arguments.
        prompt: The text of the user.
        generous: Fill optional fields too.
    """
    arguments: dict[str, Any] = _Maker(prompt, generous=generous).make(schema, "")
    match = re.search(rf"(?<!\w){re.escape(name)}\(([^()]*)\)", prompt)
    pieces = [piece.strip() for piece in match[1].split(",")] if match else []
    for key, piece in zip(schema.get("properties") or {}, pieces, strict=False):
        if piece:
            is_text = _resolved(schema["properties"][key]).get("type") == "string"
            arguments[key] = piece.strip("'\"") if is_text else json.loads(piece)
    return arguments


def instance_of(schema: Schema, prompt: str) -> Any:
    """Return a value that satisfies a JSON schema, with words from the prompt."""
    return _Maker(prompt, generous=True).make(schema, "")


def any_object(prompt: str) -> dict[str, Any]:
    """Return an object for JSON mode: with the keys that the prompt names, else an answer."""
    keys = re.findall(r"['\"`]([A-Za-z_]\w*)['\"`]", prompt)
    if not keys or not re.search(r"\b(keys?|fields?|properties)\b", prompt):
        return {"answer": f"Here is a JSON object about {subject_of(prompt)}."}
    # The quoted words are the keys here, not their values.
    maker = _Maker(re.sub(r"['\"`]", "", prompt), generous=True)
    return {key: maker.make({"type": "string"}, key) for key in keys}


def _branches(schema: Schema) -> list[Schema]:
    return schema.get("anyOf") or schema.get("oneOf") or []


def _resolved(schema: Schema) -> Schema:
    """Return a schema with the first of its branches that is not null."""
    chosen = next((b for b in _branches(schema) if b.get("type") != "null"), {})
    return {**schema, **chosen}


_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")
_QUOTED = re.compile(
    r"(?<!\w)['\"\u2018\u201c`「]([^'\"\u2019\u201d`」]+)['\"\u2019\u201d`」](?!\w)"
)
_NAME = r"[A-Z][\w'\u2019.-]*(?:[ ]+[A-Z][\w'\u2019-]*)*"
_PLACE = re.compile(rf"\b(?:in|at|for|to|of|from)\s+({_NAME}(?:,\s*[A-Z]{{2,}}\b)?)")
_ABOUT = re.compile(r"\b(?:about|regarding|on|of)\s+((?:[\w'-]+\s*){1,4})", re.IGNORECASE)
_COMMON_WORDS = (
    "a an the and or of to in on for is are was what who why how when where which do does "
    "did you your my me i we it its this that these those with please can could would tell "
    "give write make use using tool tools value get set be as by from at so just me's hi "
    "hello hey one two there then now here not no yes him her his their them about if into "
    "than also will"
)
_COMMON = frozenset(_COMMON_WORDS.split())


class _Maker:
    """The clues of one prompt: each number, quotation and name is used once."""

    def __init__(self, prompt: str, *, generous: bool) -> None:
        self.prompt, self.generous = prompt, generous
        self.numbers: list[float] = [json.loads(found) for found in _NUMBER.findall(prompt)]
        self.quoted: list[str] = _QUOTED.findall(prompt)
        # The first word of a sentence is capital anyway, so it is no name.
        inner = re.sub(r"(^|[.!?:\n]\s*)[A-Z][\w'\u2019]*", r"\1", _QUOTED.sub(" ", prompt))
        self.names: list[str] = [n for n in re.findall(_NAME, inner) if n.lower() not in _COMMON]

    def make(self, schema: Schema, key: str) -> Any:
        """Return a value for a schema; `key` is the property's name."""
        branches = _branches(schema)
        takes_null = any(branch.get("type") == "null" for branch in branches)
        constants = [branch["const"] for branch in branches if "const" in branch]
        schema = _resolved(schema)
        if options := constants or schema.get("enum"):
            return next((v for v in options if self._mentions(str(v))), options[0])
        if takes_null and self._excludes(key):
            return None
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return self._array(schema, key)
        if kind in {"integer", "number"}:
            value = self.numbers.pop(0) if self.numbers else schema.get("default") or 1
            value = min(max(value, schema.get("minimum", value)), schema.get("maximum", value))
            return int(value) if kind == "integer" else value
        return schema.get("default", True) if kind == "boolean" else self._string(schema, key)

    def _object(self, schema: Schema) -> dict[str, Any]:
        required = schema.get("required") or []
        return {
            name: self.make(inner, name)
            for name, inner in (schema.get("properties") or {}).items()
            if name in required or self._fills(name, inner)
        }

    def _fills(self, name: str, schema: Schema) -> bool:
        """Return whether an optional property is worth filling."""
        named = [name, *map(str, _resolved(schema).get("enum") or [])]
        wanted = any(map(self._mentions, named))
        return not self._excludes(name) and (
            wanted or (self.generous and schema.get("default") is None)
        )

    def _array(self, schema: Schema, key: str) -> list[Any]:
        given = schema.get("items") or {"type": "string"}
        items = _resolved(given)
        wanted = 1
        if items.get("type", "string") == "string" and not {"enum", "const"} & items.keys():
            wanted = len(self.quoted) or len(self.names) or 1
        elif items.get("type") in {"integer", "number"}:
            wanted = len(self.numbers) or 1
        count = max(schema.get("minItems", 0), min(wanted, schema.get("maxItems", 3)))
        return [self.make(given, key.removesuffix("s")) for _ in range(count)]

    def _string(self, schema: Schema, key: str) -> str:
        """Return a text for a property: the first of these ways that leads to one."""
        words, about = words_of(key), subject_of(self.prompt).removesuffix("s")
        place = _PLACE.search(self.prompt)
        if _WHOLE & set(words):
            return self.prompt.strip()
        if _PLACES & set(words) and place and not self.quoted:
            return place[1]
        if self.quoted:
            return self.quoted.pop(0)
        if key in _CANNED:
            return _CANNED[key].format(subject=about)
        if self.names:
            return self.names.pop(0)
        return f"{' '.join(words).capitalize() or 'Something'} about {about}"

    def _mentions(self, name: str) -> bool:
        """Return whether all words of a name occur in the prompt."""
        words = words_of(name)
        return bool(words) and set(words_of(self.prompt)).issuperset(words)

    def _excludes(self, name: str) -> bool:
        """Return whether the prompt wants a thing left out: `no punchline`."""
        words = re.escape(" ".join(words_of(name)))
        wanted_out = rf"\b(?:no|without)\s+(?:a\s+)?{words}\b"
        return bool(words) and bool(re.search(wanted_out, self.prompt))


def words_of(text: str) -> list[str]:
    """Return the lower-case words of a prompt or of a name such as `get_weather`, `getWeather`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return re.findall(r"[^\W_]+", apart.lower())


def key_words(text: str) -> set[str]:
    """Return the words that say what a text is about, without a plural's s."""
    return {
        word.removesuffix("s") if len(word) > 3 else word
        for word in words_of(text)
        if word not in _COMMON and not word.isdigit()
    }


def subject_of(prompt: str) -> str:
    """Return what a prompt is about, in a few words of its own."""
    match = _ABOUT.search(prompt)
    words = match[1].split() if match else []
    while words and words[-1].lower() in _COMMON:
        words.pop()
    telling = [word for word in re.findall(r"[^\W\d_]+", prompt) if word.lower() not in _COMMON]
    return " ".join(words) or (telling[-1] if telling else "that")
