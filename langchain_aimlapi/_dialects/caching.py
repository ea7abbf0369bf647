"""Prompt caching: `cache_control` marks on the stable prefix of a body, in every dialect alike.

A mark says that everything before it, and its block, is to be cached. Bodies are read in the order
tools, system prompt, turns. Source of the rules: the service's documents of `/messages`, and
https://platform.claude.com/docs/en/build-with-claude/prompt-caching.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi.profiles import CHAT, takes_source_urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_aimlapi._http.json import JsonObject
    from langchain_aimlapi.profiles import ModelFacts

_MOST_MARKS = 4
"""Claude refuses a fifth mark."""
_NEVER_MARKED = frozenset({"thinking", "redacted_thinking"})
_INSTRUCTIONS = frozenset({"system", "developer"})


def takes_cache_control(facts: ModelFacts, path: str) -> bool:
    """Return whether the documents of a model have `cache_control` on the endpoint of `path`.

    Of a model without facts they are not known, so it gets no mark that its user did not make.
    """
    if path == "/messages":
        return True
    if path != f"/{CHAT}" or not facts.known:
        return False
    if facts.request_schema == "anthropic":
        return takes_source_urls(facts)
    # The facts do not name the field. Of the documents in the OpenAI schema those have it that
    # route to several providers and give one answer only.
    return "provider" in facts.parameters and "n" not in facts.parameters


def with_cache_marks(body: JsonObject, ttl: str) -> JsonObject:
    """Return a body with marks on its last turn, system prompt, tools, and an earlier turn.

    An agent's next step finds what this one cached at its last turn, if no more than 20 blocks lie
    between; the earlier turn helps when a step brings more. The user's own marks count towards
    the four that Claude takes. Ours last as long as theirs; where theirs differ there is none of
    ours, because the longer ones have to come first.

    Args:
        body: The body as it is written; it is not changed.
        ttl: How long the cache is kept, `"5m"` or `"1h"`.
    """
    given = list(_marks_of(body))
    lives = {mark.get("ttl", "5m") for mark in given} or {ttl}
    if len(lives) > 1:
        return body
    marked = dict(body)
    marker = _Marker(marked, {"type": "ephemeral", "ttl": lives.pop()}, _MOST_MARKS - len(given))
    last = marker.mark_turn(len(marked["messages"]))
    marker.mark_system()
    marker.mark_tools()
    marker.mark_turn(last - 1)
    return marked


class _Marker:
    """Sets marks in a body until none is left to set; what it marks is copied first."""

    def __init__(self, body: JsonObject, mark: JsonObject, left: int) -> None:
        self._body = body
        self._mark = mark
        self._left = left
        body["messages"] = list(body["messages"])

    def mark_turn(self, end: int) -> int:
        """Mark the last turn before `end` that can carry a mark; return its index, or 0."""
        turns = self._body["messages"]
        for index in range(end - 1, -1, -1):
            if turns[index]["role"] in _INSTRUCTIONS:
                continue
            content = self._marked(turns[index].get("content"))
            if content is not None:
                turns[index] = {**turns[index], "content": content}
                return index
        return 0

    def mark_system(self) -> None:
        """Mark the end of the instructions: Claude's `system`, or the turns in that role."""
        content = self._marked(self._body.get("system"))
        if content is not None:
            self._body["system"] = content
            return
        turns = self._body["messages"]
        leading = 0
        while leading < len(turns) and turns[leading]["role"] in _INSTRUCTIONS:
            leading += 1
        content = self._marked(turns[leading - 1]["content"]) if leading else None
        if content is not None:
            turns[leading - 1] = {**turns[leading - 1], "content": content}

    def mark_tools(self) -> None:
        """Mark the last tool. One that is loaded later is not part of the prefix."""
        tools = self._body.get("tools") or []
        at = max((i for i, tool in enumerate(tools) if not tool.get("defer_loading")), default=-1)
        if at >= 0 and self._left > 0 and "cache_control" not in tools[at]:
            self._left -= 1
            marked = {**tools[at], "cache_control": self._mark}
            self._body["tools"] = [*tools[:at], marked, *tools[at + 1 :]]

    def _marked(self, content: Any) -> list[Any] | None:
        """Return content with a mark on its last block, or None where there is no place for one."""
        if self._left <= 0 or not content:
            return None
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        last = blocks[-1]
        if not isinstance(last, dict) or "cache_control" in last or last.get("text") == "":
            return None
        if last.get("type") in _NEVER_MARKED:
            return None
        self._left -= 1
        return [*blocks[:-1], {**last, "cache_control": self._mark}]


def _marks_of(body: JsonObject) -> Iterator[JsonObject]:
    """Yield the marks that a body has, on its tools, instructions and turns."""
    turns = (turn.get("content") for turn in body["messages"])
    for content in (body.get("tools"), body.get("system"), *turns):
        for block in content if isinstance(content, list) else ():
            mark = block.get("cache_control") if isinstance(block, dict) else None
            if isinstance(mark, dict):
                yield mark
