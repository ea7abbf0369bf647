"""When two model ids are two spellings of one model.

Spellings of one model differ in case, in dots against dashes, in how the vendor is written or
that it is left out, and in a full date at the end (`-20250805`, `-2025-08-05`). A date is never
exchanged for another: each is a model of its own. Everything else tells models apart: `-latest`,
`-preview`, `-fast`, short dates such as `-0813`, and any other vendor.
"""

from __future__ import annotations

import re
from collections.abc import Collection  # noqa: TC003  # of a signature, which tools resolve
from functools import lru_cache
from typing import NamedTuple

_DATE = re.compile(r"-(20\d\d-?\d\d-?\d\d)$")
_SEPARATORS = str.maketrans("._", "--")

# Pairs and makers as the service's documents and its list of models have them side by side, such
# as moonshot/kimi-k3 and moonshotai/kimi-k3, gpt-4o and openai/gpt-4o.
_VENDORS = {
    "moonshotai": "moonshot",
    "qwen": "alibaba",
    "xai": "x-ai",
    "deepseek-ai": "deepseek",
    "mistral": "mistralai",
}
"""Other names of a vendor."""
_MAKERS = {
    **dict.fromkeys(("gpt", "chatgpt", "o1", "o3", "o4"), "openai"),
    **dict.fromkeys(("minimax", "abab6"), "minimax"),
    "claude": "anthropic",
    "gemini": "google",
    "qwen": "alibaba",
    "deepseek": "deepseek",
}
"""The vendor of an id that names none, by how its name begins."""


class Spelling(NamedTuple):
    """What is left of an id when its way of writing is taken away.

    Attributes:
        vendor: The vendor, `""` where none is named or known.
        name: The name, without its date.
        day: The date, digits only; `""` without one.
    """

    vendor: str
    name: str
    day: str


@lru_cache(maxsize=4096)
def spelling_of(model: str) -> Spelling:
    """Return what two spellings of one model have in common, and the date."""
    vendor, _, name = model.lower().rpartition("/")
    date = _DATE.search(name)
    name = _DATE.sub("", name).translate(_SEPARATORS)
    vendor = vendor or _MAKERS.get(name.partition("-")[0], "")
    day = date[1].replace("-", "") if date else ""
    return Spelling(_VENDORS.get(vendor, vendor), name, day)


def find_spelling(model: str, known: Collection[str]) -> str | None:
    """Return the one known id that is another spelling of `model`, itself if it is known.

    An id with a date finds that of the same day, else the one without a date where no other date
    is known. An id without a vendor finds a name that only one vendor has.
    """
    if model in known:
        return model
    asked = spelling_of(model)
    alike = {
        each: found
        for each in known
        if (found := spelling_of(each)).name == asked.name and asked.vendor in {"", found.vendor}
    }
    days = {found.day for found in alike.values()}
    if not alike or len({found.vendor for found in alike.values()} - {""}) > 1:
        return None
    if asked.day in days:
        day = asked.day
    elif asked.day and days != {""}:
        return None
    elif len(days) == 1:
        (day,) = days
    else:
        return None
    same_day = [each for each, found in alike.items() if found.day == day]
    return min(same_day, key=lambda each: _differences(each, model))


def _differences(known: str, model: str) -> tuple[bool, bool, str]:
    """Return by what the best of several is found: a vendor as in `model`, dots, the alphabet."""
    return ("/" in known) != ("/" in model), "." not in known, known
