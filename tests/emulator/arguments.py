"""Instances of JSON schemas, made from a prompt: tool arguments and structured answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Schema = Mapping[str, Any]

_FORMATS = {
    "date": "2026-02-13",
    "date-time": "2026-02-13T15:15:51Z",
    "time": "15:15:51",
    "email": "ada@example.org",
    "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_CANNED = {
    "setup": "Why did the {subject} sit on the computer?",
    "punchline": "To keep an eye on the mouse!",
    "email": "ada@example.org",
    "date": "2026-02-13",
    "url": "https://example.org/",
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
    properties = schema.get("properties") or {}
    arguments: dict[str, Any] = _Maker(prompt, generous=generous).make(schema, "")
    for key, given in _written_call(name, prompt, list(properties)).items():
        is_text = _resolved(properties[key]).get("type") == "string"
        arguments[key] = str(given) if is_text else given
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


def _written_call(name: str, prompt: str, keys: list[str]) -> dict[str, Any]:
    match = re.search(rf"(?<!\w){re.escape(name)}\(([^()]*)\)", prompt)
    pieces = [piece.strip() for piece in match[1].split(",")] if match else []
    return {key: _literal(piece) for key, piece in zip(keys, pieces, strict=False) if piece}


def _literal(piece: str) -> Any:
    try:
        return json.loads(piece)
    except ValueError:
        return piece.strip("'\"")


def _resolved(schema: Schema) -> Schema:
    """Return a schema with the first of its branches that is not null."""
    branches = _branches(schema)
    chosen = next((b for b in branches if b.get("type") != "null"), {})
    return {**schema, **chosen}


def _branches(schema: Schema) -> list[Schema]:
    return schema.get("anyOf") or schema.get("oneOf") or []


class _Maker:
    """State of one instance: the clues that are still unused."""

    def __init__(self, prompt: str, *, generous: bool) -> None:
        self.clues = Clues(prompt)
        self.generous = generous

    def make(self, schema: Schema, key: str) -> Any:
        """Return a value for a schema; `key` is the property's name."""
        branches = _branches(schema)
        if branches and all("const" in branch for branch in branches):  # as an enum
            return self.clues.chosen([branch["const"] for branch in branches])
        takes_null = any(branch.get("type") == "null" for branch in branches)
        schema = _resolved(schema)
        if schema.get("enum"):
            return self.clues.chosen(schema["enum"])
        if takes_null and self.clues.excludes(key):
            return None
        kind = schema.get("type", "object" if "properties" in schema else "string")
        makers: dict[str, Callable[[], Any]] = {
            "object": lambda: self._object(schema),
            "array": lambda: self._array(schema, key),
            "string": lambda: self._string(schema, key),
            "integer": lambda: self._number(schema, whole=True),
            "number": lambda: self._number(schema, whole=False),
            "boolean": lambda: schema.get("default", True),
        }
        return makers[kind]()

    def _object(self, schema: Schema) -> dict[str, Any]:
        required = schema.get("required") or []
        return {
            name: self.make(inner, name)
            for name, inner in (schema.get("properties") or {}).items()
            if name in required or self._fills(name, inner)
        }

    def _fills(self, name: str, schema: Schema) -> bool:
        """Return whether an optional property is worth filling."""
        if self.clues.excludes(name):
            return False
        enum = _resolved(schema).get("enum") or []
        if self.clues.mentions(name) or any(self.clues.mentions(str(e)) for e in enum):
            return True
        return self.generous and schema.get("default") is None

    def _array(self, schema: Schema, key: str) -> list[Any]:
        given = schema.get("items") or {"type": "string"}
        items = _resolved(given)
        wanted = 1
        if items.get("type", "string") == "string" and not {"enum", "const"} & items.keys():
            wanted = max(wanted, len(self.clues.quoted) or len(self.clues.names))
        elif items.get("type") in {"integer", "number"}:
            wanted = max(wanted, len(self.clues.numbers))
        count = max(schema.get("minItems", 0), min(wanted, schema.get("maxItems", 3)))
        return [self.make(given, key.removesuffix("s")) for _ in range(count)]

    def _number(self, schema: Schema, *, whole: bool) -> float:
        numbers = self.clues.numbers
        value = numbers.pop(0) if numbers else schema.get("default") or 1
        value = max(value, schema.get("minimum", value))
        value = min(value, schema.get("maximum", value))
        return int(value) if whole else value

    def _string(self, schema: Schema, key: str) -> str:
        value = self._words(schema, key)
        least = schema.get("minLength", 0)
        return value.ljust(least, ".")[: schema.get("maxLength", len(value) + least)]

    def _words(self, schema: Schema, key: str) -> str:
        """Return a text for a property: the first of these ways that leads to one."""
        kinds = set(words_of(key))
        about = subject_of(self.clues.prompt).removesuffix("s")
        ways: tuple[Callable[[], str | None], ...] = (
            lambda: _FORMATS.get(schema.get("format", "")),
            lambda: self.clues.prompt.strip() if kinds & _WHOLE else None,
            lambda: self.clues.place() if kinds & _PLACES and not self.clues.quoted else None,
            lambda: _first(self.clues.quoted),
            lambda: _CANNED[key].format(subject=about) if key in _CANNED else None,
            lambda: _first(self.clues.names),
            lambda: f"{' '.join(words_of(key)).capitalize() or 'Something'} about {about}",
        )
        return next(found for way in ways if (found := way()))


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
    if match:
        words = match[1].split()
        while words and words[-1].lower() in _COMMON:
            words.pop()
        if words:
            return " ".join(words)
    telling = [word for word in re.findall(r"[^\W\d_]+", prompt) if word.lower() not in _COMMON]
    return telling[-1] if telling else "that"


def _first(clues: list[str]) -> str | None:
    """Take the next of some clues."""
    return clues.pop(0) if clues else None


class Clues:
    """The clues of one prompt; each number, quotation and name is used once."""

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.numbers: list[float] = [
            float(found) if "." in found else int(found) for found in _NUMBER.findall(prompt)
        ]
        self.quoted: list[str] = _QUOTED.findall(prompt)
        # The first word of a sentence is capital anyway, so it is no name.
        inner = re.sub(r"(^|[.!?:\n]\s*)[A-Z][\w'\u2019]*", r"\1", _QUOTED.sub(" ", prompt))
        self.names: list[str] = [n for n in re.findall(_NAME, inner) if n.lower() not in _COMMON]
        self._words = set(words_of(prompt))

    def place(self) -> str | None:
        """Return the place that is named, such as `San Francisco, CA`."""
        match = _PLACE.search(self.prompt)
        return match[1] if match else _first(self.names)

    def chosen(self, values: Sequence[Any]) -> Any:
        """Return the value that the prompt mentions, else the first."""
        return next((v for v in values if self.mentions(str(v))), values[0])

    def mentions(self, name: str) -> bool:
        """Return whether all words of a name occur in the prompt."""
        words = words_of(name)
        return bool(words) and self._words.issuperset(words)

    def excludes(self, name: str) -> bool:
        """Return whether the prompt wants a thing left out: `no punchline`."""
        words = re.escape(" ".join(words_of(name)))
        return bool(words) and bool(
            re.search(rf"\b(?:no|without)\s+(?:a\s+)?{words}\b", self.prompt)
        )
