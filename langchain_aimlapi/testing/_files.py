"""One file, many writers: locked while it is written, whole at every moment, killed or not."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

try:
    import fcntl
except ModuleNotFoundError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]  # there it does not exist

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_NOTE = 200
_PATIENCE = 60.0
"""Seconds to wait for another process that writes the same file."""


class Claim:
    """The right to write a file, and a note on it that outlives the process."""

    def __init__(self, descriptor: int) -> None:
        """Use the open file that is locked."""
        self._descriptor = descriptor

    def read_note(self) -> str:
        """Return what the last writer left."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.read(self._descriptor, _LONGEST_NOTE).decode("ascii", "replace")

    def leave_note(self, note: str) -> None:
        """Leave a note, of at most 200 ASCII characters, for the next writer."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, note.encode("ascii"))


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[Claim]:
    """Let no other process write a file while the context lasts.

    The system releases what a killed process held. The lock is a file in the folder for temporary
    files, so that none appears beside the cassettes.

    Raises:
        TimeoutError: Another process has held it for a minute.
    """
    user = getattr(os, "getuid", lambda: 0)()
    name = hashlib.sha256(f"{user} {path.resolve()}".encode()).hexdigest()[:32]
    lock = Path(tempfile.gettempdir(), f"langchain-aimlapi-{name}.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _locked(descriptor):
            if time.monotonic() > deadline:
                raise TimeoutError(f"Another process has been writing {path} for a minute.")
            time.sleep(0.02)
        yield Claim(descriptor)
    finally:
        os.close(descriptor)  # which releases it


def _locked(descriptor: int) -> bool:
    if fcntl is None:  # pragma: no cover - Windows
        import msvcrt  # noqa: PLC0415 - exists on Windows only

        # Far behind the note: Windows lets nobody read what is locked.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def replace(path: Path, text: str) -> None:
    """Write a file so that at every moment either the old or the new one is there, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Always the same name: what a killed process left is overwritten by the next one.
    draft = path.with_name(f".{path.name[:200]}.draft")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
