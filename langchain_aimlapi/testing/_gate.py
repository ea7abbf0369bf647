"""Keeps tests that have no cassette from reaching the service.

httpx lets a request carry a function that is called at each step on the network, the `trace` of its
extensions. Only what really leaves takes such steps: what a mock, a transport in memory or a
cassette answers does not, however it is put in. So requests to the service carry a function that
refuses the first step.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import httpx

from langchain_aimlapi.testing._traffic import NetworkRefusedError, base_of, is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator


class Gate:
    """Refuses what goes to the service, unless it is open.

    Attributes:
        is_open: Whether requests may leave.
        test: The test that runs now; empty between tests.
        refused: What was refused since the test began.
    """

    def __init__(self) -> None:
        """Be closed."""
        self.is_open = False
        self.test = ""
        self.refused: list[str] = []
        self._last_test = ""

    @contextlib.contextmanager
    def during(self, test: str, *, is_open: bool) -> Iterator[None]:
        """Know the test that runs while the context lasts; be closed afterwards."""
        self.test, self.is_open, self.refused = test, is_open, []
        try:
            yield
        finally:
            self._last_test, self.test, self.is_open = test, "", False

    @contextlib.contextmanager
    def opened(self, *, if_so: bool) -> Iterator[None]:
        """Be open while the context lasts."""
        before = self.is_open
        self.is_open = before or if_so
        try:
            yield
        finally:
            self.is_open = before

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Watch all clients of httpx until the context ends."""
        send, asend = httpx.Client.send, httpx.AsyncClient.send

        def watched(client: httpx.Client, request: httpx.Request, **how: Any) -> httpx.Response:
            __tracebackhide__ = True
            if self._concerns(request):

                def refuse(_step: str, _facts: Any) -> None:
                    self._refuse(request)

                request.extensions = {**request.extensions, "trace": refuse}
            return send(client, request, **how)

        async def awatched(
            client: httpx.AsyncClient, request: httpx.Request, **how: Any
        ) -> httpx.Response:
            __tracebackhide__ = True
            if self._concerns(request):

                async def refuse(_step: str, _facts: Any) -> None:
                    self._refuse(request)

                request.extensions = {**request.extensions, "trace": refuse}
            return await asend(client, request, **how)

        with contextlib.ExitStack() as stack:
            for client, before, after in (
                (httpx.Client, send, watched),
                (httpx.AsyncClient, asend, awatched),
            ):
                setattr(client, "send", after)  # noqa: B010 - mypy forbids the plain assignment
                stack.callback(setattr, client, "send", before)
            yield

    def _concerns(self, request: httpx.Request) -> bool:
        if self.is_open or base_of(request) is None:
            return False
        return not is_loopback(request.url.host)

    def _refuse(self, request: httpx.Request) -> None:
        __tracebackhide__ = True
        host = request.url.host
        if self.test:
            text = (
                f"{self.test} would have sent a request to {host}, outside of any cassette. Mark"
                " it @pytest.mark.vcr and record it, or let it with"
                " @pytest.mark.aimlapi_allow_network (all tests: aimlapi_allow_network = true in"
                " pytest's settings)."
            )
            self.refused.append(text)
        elif self._last_test:
            text = f"A request to {host} was refused: {self._last_test}, which sent it from a"
            text += " thread or a task that went on, had ended."
        else:
            text = f"A request to {host} was refused: no test has begun."
        raise NetworkRefusedError(text)
