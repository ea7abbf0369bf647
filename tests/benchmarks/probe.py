"""Looks at what constructing a model opens: files, sockets, TLS contexts, modules.

usage: python -m tests.benchmarks.probe CONTESTANT
"""

from __future__ import annotations

import json
import ssl
import sys
from typing import Any

from tests.benchmarks.contestants import CONTESTANTS, Task


class Watch:
    """Collects what is opened, as Python's audit events tell it. (TLS contexts have none.)"""

    def __init__(self) -> None:
        self.opened: dict[str, list[str]] = {}
        self.watching = False
        sys.addaudithook(self._hook)
        made = ssl.SSLContext.__new__

        def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
            self._note("TLS contexts", cls.__name__)
            return made(cls, *args, **kwargs)

        ssl.SSLContext.__new__ = new  # type: ignore[method-assign]  # there is no event for it

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path = str(args[0])
            # Python reads a module that is imported late; the line below names it.
            if not path.endswith((".py", ".pyc", ".so")) and "__pycache__" not in path:
                self._note("files", path)
        elif event == "import":
            self._note("modules", str(args[0]))
        elif event.startswith("socket."):
            self._note("sockets", event)
        elif event in {"subprocess.Popen", "os.fork", "_thread.start_new_thread"}:
            self._note("processes and threads", event)

    def _note(self, kind: str, what: str) -> None:
        if self.watching:
            self.opened.setdefault(kind, []).append(what)


def main() -> None:
    factory = CONTESTANTS[sys.argv[1]].factory(Task("http://127.0.0.1:9"))
    watch = Watch()
    found = {}
    for number in ("first", "second"):
        watch.opened, watch.watching = {}, True
        model = factory()
        watch.watching = False
        found[number] = watch.opened
        del model
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
