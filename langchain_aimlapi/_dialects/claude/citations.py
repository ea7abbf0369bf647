"""Citations of Claude as LangChain's: of a page, a passage, a block of a document, a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TITLES = ("title", "document_title")
_TEXTS = ("url", "cited_text")


def citation_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return a citation in LangChain's form, or as it is where it cites nothing.

    Places are those in the source, not in the answer, so they stand in `extras`, under the names
    that Claude gives them.
    """
    if not isinstance(sent.get("cited_text"), str):
        return {"type": "non_standard_annotation", "value": dict(sent)}
    citation: dict[str, Any] = {"type": "citation"}
    for name in _TEXTS:
        if isinstance(sent.get(name), str):
            citation[name] = sent[name]
    title = next((sent[name] for name in _TITLES if isinstance(sent.get(name), str)), None)
    if title is not None:
        citation["title"] = title
    known = {*_TEXTS, *_TITLES, "type"}
    if extras := {name: value for name, value in sent.items() if name not in known}:
        citation["extras"] = extras
    return citation
