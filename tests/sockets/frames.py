"""What reporters of errors see: the local variables of all frames of an exception's chain."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

TESTS = str(Path(__file__).parents[1])


def shown_by_frames(error: BaseException) -> str:
    """Return the variables of every frame but those of the tests, and every text of the chain."""
    lines: list[str] = []
    for each in _chain(error):
        lines += [repr(each), str(each), repr(vars(each)), *traceback.format_exception(each)]
        for frame in _frames(each):
            place = f"{frame.f_code.co_filename}:{frame.f_code.co_name}"
            if not place.startswith(TESTS):
                lines += [f"{place}: {name} = {_repr(v)}" for name, v in frame.f_locals.items()]
    return "\n".join(lines)


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001  # a half-made object, say: it shows nothing
        return type(error).__name__


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and all(each is not other for other in found):
            found.append(each)
            waiting += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
    return found


def _frames(error: BaseException) -> Iterator[FrameType]:
    row = error.__traceback__
    while row is not None:
        yield row.tb_frame
        row = row.tb_next
