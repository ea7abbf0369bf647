"""Media that tools returned: shown in one user turn behind the results, which are text.

The documents give a result text and nothing else, while agents do take screenshots and fetch
papers. The user turn names the call that returned them, and each result says where its media are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_aimlapi._http.json import JsonObject


class MediaTurn(dict[str, Any]):
    """The user turn of media that tools returned."""


def reference_to(kinds: Sequence[str]) -> str:
    """Return the text of a result whose media, of these kinds, follow in a user turn."""
    return f"({', '.join(kinds)}: in the user turn that follows)"


def media_turn(call_id: str, text_type: str, media: Sequence[JsonObject]) -> MediaTurn:
    """Return the user turn that shows the media of a result.

    Args:
        call_id: The call that returned them.
        text_type: The type of a text part on this endpoint.
        media: The parts, as the endpoint takes them.
    """
    label = {"type": text_type, "text": f"Returned by the tool call {call_id}:"}
    return MediaTurn(role="user", content=[label, *media])


def media_last(
    turns: list[JsonObject], is_result: Callable[[JsonObject], bool]
) -> list[JsonObject]:
    """Return turns with all media of a run of results in one user turn behind the last of them.

    Between a call and its results no other turn may stand.

    Args:
        turns: The turns, or the items of a conversation.
        is_result: Whether one is the result of a call.
    """
    if not any(isinstance(turn, MediaTurn) for turn in turns):
        return turns
    return list(_media_last(turns, is_result))


def _media_last(
    turns: list[JsonObject], is_result: Callable[[JsonObject], bool]
) -> Iterator[JsonObject]:
    held: JsonObject | None = None
    for turn in turns:
        if isinstance(turn, MediaTurn):
            content = turn["content"] if held is None else [*held["content"], *turn["content"]]
            held = {"role": "user", "content": content}
            continue
        if held is not None and not is_result(turn):
            yield held
            held = None
        yield turn
    if held is not None:
        yield held
