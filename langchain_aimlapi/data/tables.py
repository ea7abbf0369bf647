"""The generated tables of facts, split into rows; `profiles` says what the cells mean."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Row(NamedTuple):
    """The cells of a model's row, behind its id."""

    schema: str
    parameters: str
    parts: str
    limits: str
    endpoints: str
    response_formats: str
    tool_choices: str
    responses_tools: str
    context: str
    published_context: str
    published_output: str
    flags: str
    name: str
    developer: str
    aliases: str
    replaced_by: str
    shutdown_at: str


class Tables(NamedTuple):
    """The packaged tables, split into rows; a row is read when its model is asked about."""

    models: dict[str, str]
    words: dict[str, str]
    parts: dict[str, str]
    limits: dict[str, str]
    endpoints: dict[str, str]
    spellings: dict[str, str]
    ids_by_alias: dict[str, str]

    def word_set(self, name: str) -> frozenset[str]:
        """Return the words that a cell names; an empty cell has none."""
        return _words(self.words.get(name, ""))


@cache
def tables() -> Tables:
    """Return the packaged tables."""
    from langchain_aimlapi.data import _profiles as data  # noqa: PLC0415  # loaded when asked for

    models = _rows(data.MODELS, "|")
    words, parts, limits, endpoints, spellings = (
        _rows(text, " ")
        for text in (data.WORDS, data.PARTS, data.LIMITS, data.ENDPOINTS, data.SPELLINGS)
    )
    aliases = {
        alias: model
        for model in reversed(models)
        for alias in Row(*models[model].split("|")).aliases.split()
    }
    return Tables(models, words, parts, limits, endpoints, spellings, {**aliases, **spellings})


def _rows(text: str, separator: str) -> dict[str, str]:
    cells = (line.partition(separator) for line in text.strip().splitlines())
    return {name: rest for name, _, rest in cells}


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())
