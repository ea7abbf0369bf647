"""Vectors of one call while its batches come in, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_aimlapi.errors import AIMLAPIError, EmbeddingsIncompleteError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_aimlapi._services.embeddings import TextBatch, Vectors

_NAMED = 5
"""Places of texts that an error names."""


class Collected:
    """Puts the vectors of batches in their places.

    Args:
        texts: All texts of the call.
        model: Model id.
        on_progress: Called with the texts that are done and all texts.
        on_cost: Called with each answer and the id of the model that was asked.

    Attributes:
        error: The first error, after which no further batch is begun.
    """

    def __init__(
        self,
        texts: Sequence[str],
        model: str,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        on_cost: Callable[[Vectors, str], None] | None = None,
    ) -> None:
        """Start without vectors."""
        self.error: AIMLAPIError | None = None
        self._model = model
        self._vectors: list[list[float] | None] = [None] * len(texts)
        self._done = 0
        self._on_progress = on_progress
        self._on_cost = on_cost

    def ask(self, batch: TextBatch, fetch: Callable[[], Vectors]) -> None:
        """Take what `fetch` returns for a batch, or note its error."""
        try:
            self.take(batch, fetch())
        except AIMLAPIError as error:
            self.fail(error)

    def take(self, batch: TextBatch, found: Vectors) -> None:
        """Take the vectors of a batch."""
        end = batch.start + len(batch.texts)
        self._vectors[batch.start : end] = found.vectors
        if self._on_cost is not None:
            self._on_cost(found, self._model)
        self._done += len(batch.texts)
        if self._on_progress is not None:
            self._on_progress(self._done, len(self._vectors))

    def fail(self, error: AIMLAPIError) -> None:
        """Note that a batch failed."""
        self.error = self.error or error

    def vectors(self) -> list[list[float]]:
        """Return all vectors.

        Raises:
            EmbeddingsIncompleteError: Some are missing.
            AIMLAPIError: All are: the first error.
        """
        found = [vector for vector in self._vectors if vector is not None]
        if self.error is None:
            return found
        if not found:
            raise self.error
        missing = [place for place, vector in enumerate(self._vectors) if vector is None]
        named = ", ".join(map(str, missing[:_NAMED])) + (", ..." if missing[_NAMED:] else "")
        raise EmbeddingsIncompleteError(
            f"{len(missing)} of {len(self._vectors)} texts have no vector (texts {named}): "
            f"{self.error.message}",
            status_code=self.error.status_code,
            retry_after=self.error.retry_after,
            hint="The other vectors are in `vectors` of this error; embed those of `missing`.",
            vectors=self._vectors,
            missing=missing,
        ) from self.error
