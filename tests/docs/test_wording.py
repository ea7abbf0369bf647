"""The words of the package: those of HTTP and LangChain, in sentences that stand by themselves."""

from __future__ import annotations

import re
from pathlib import Path

import langchain_aimlapi

ROOT = Path(langchain_aimlapi.__file__).parent
GENERATED = {"_profiles.py"}

WORDS = {
    r"said|told": "name what it is: reported, sent, emitted, documented, listed",
    r"rooms?|wings?": "folder, package or module",
    r"doors?": "interface, function or attribute",
    r"twins?": "the async form, the async client",
    r"lest|whence|hence|thereof|whereupon|anew|alas": "because, therefore, again: plain words",
    r"but for": "except",
    r"(?:as|see) (?:above|below)": "name the thing: lines move",
    r"[0-9.]+ ?(?:us|µs|microseconds)": "a timing ages; benchmarks/README.md holds those",
}
"""Words that do not stand in the package, each with what stands there instead."""


def test_the_package_uses_no_word_that_only_its_authors_know() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]!r}; write: {instead}"
        for path in sorted(ROOT.rglob("*.py"))
        if path.name not in GENERATED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for word, instead in WORDS.items()
        for match in re.finditer(rf"(?i)(?<![a-z0-9.])(?:{word})(?![a-z0-9])", line)
    ]
    assert found == []
