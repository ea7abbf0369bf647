"""What a prompt gives away: numbers, quoted words, names, places, and what it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    def number(self) -> float | None:
        """Take the next number."""
        return self.numbers.pop(0) if self.numbers else None

    def quote(self) -> str | None:
        """Take the next quotation."""
        return self.quoted.pop(0) if self.quoted else None

    def name(self) -> str | None:
        """Take the next name."""
        return self.names.pop(0) if self.names else None

    def place(self) -> str | None:
        """Return the place that is named, such as `San Francisco, CA`."""
        match = _PLACE.search(self.prompt)
        return match[1] if match else self.name()

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
