"""Says what to install where the extra is missing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_THE_EXTRA = frozenset({"vcr", "yaml"})


@contextmanager
def needed() -> Iterator[None]:
    """Let an import that misses a package of the extra say how to install it.

    Raises:
        ModuleNotFoundError: The block missed a package.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _OF_THE_EXTRA:
            raise
        raise ModuleNotFoundError(
            f'langchain_aimlapi.testing needs {package}: pip install "langchain-aimlapi[testing]"',
            name=error.name,
        ) from error
