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
    mark = {"type": "ephemeral", "ttl": lives.pop()}
    marker = _Marker(body, mark, _MOST_MARKS - len(given))
    last = marker.mark_turn(len(marker.turns))
    marker.mark_system()
    marker.mark_tools()
    marker.mark_turn(last - 1)
    return marker.body


class _Marker:
    """Sets marks in a copy of a body until none is left to set."""

    def __init__(self, body: JsonObject, mark: JsonObject, left: int) -> None:
        self.turns: list[JsonObject] = list(body["messages"])
        self.body = {**body, "messages": self.turns}
        self._mark = mark
        self._left = left

    def mark_turn(self, end: int) -> int:
        """Mark the last turn before `end` that can carry a mark; return its index, or 0."""
        for index in range(end - 1, -1, -1):
            if self.turns[index]["role"] not in _INSTRUCTIONS and self._mark_content(index):
                return index
        return 0

    def mark_system(self) -> None:
        """Mark the end of the instructions: Claude's `system`, or the first turns."""
        if "system" in self.body:
            self.body["system"] = self._marked(self.body["system"])
            return
        spoken = (n for n, turn in enumerate(self.turns) if turn["role"] not in _INSTRUCTIONS)
        if first := next(spoken, len(self.turns)):
            self._mark_content(first - 1)

    def mark_tools(self) -> None:
        """Mark the last tool. One that is loaded later is not part of the prefix."""
        tools = self.body.get("tools") or []
        end = max(
            (n for n, tool in enumerate(tools, 1) if not tool.get("defer_loading")), default=0
        )
        if end:
            self.body["tools"] = [*self._marked(tools[:end]), *tools[end:]]

    def _mark_content(self, index: int) -> bool:
        """Mark a turn, if it can carry a mark."""
        content = self.turns[index].get("content")
        marked = self._marked(content)
        self.turns[index] = {**self.turns[index], "content": marked}
        return marked is not content

    def _marked(self, content: Any) -> Any:
        """Return content with a mark on its last block, or as it is if that cannot carry one."""
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        last = blocks[-1] if blocks and self._left > 0 else None
        if not isinstance(last, dict) or "cache_control" in last or last.get("text") == "":
            return content
        if last.get("type") in _NEVER_MARKED:
            return content
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
