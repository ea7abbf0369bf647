"""Questions to the account's endpoints: their paths and queries, and how a log is read in parts."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from langchain_aimlapi._endpoints.account.results import moment, read_log_entry, read_transaction
from langchain_aimlapi.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_aimlapi._endpoints.account.results import LogEntry, Page, Row, Transaction
    from langchain_aimlapi.errors import RateLimitError

BILLING = "/v2/billing"
TRANSACTIONS = "/v2/billing/transactions"
USAGE = "/v2/usage"
LOGS = "/v2/logs"
METRICS = "/models/metrics"

PAGE = 100
"""Rows of a page, the most that is documented."""
_PERIOD = re.compile(r"([1-9][0-9]{0,5})([hd])")
_HOURS = {"h": 1, "d": 24}
_LONGEST = timedelta(days=92)

When = datetime | str | None


def path_of(path: str, **query: Any) -> str:
    """Return a path with its query; a sequence repeats its parameter, None leaves it out."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        several = isinstance(value, Sequence) and not isinstance(value, str)
        pairs += [(name, _as_text(v)) for v in (value if several else [value]) if v is not None]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        utc = aware.astimezone(timezone.utc)
        return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


def window(period: str | None, start: When, end: When) -> dict[str, Any]:
    """Return the parameters of a window of time; none of them leaves it to the service.

    Raises:
        ConfigurationError: Both forms are given, or half of one, or the period is no period.
    """
    if period is not None and (start is not None or end is not None):
        raise ConfigurationError("Give period, or start and end, not both.")
    if (start is None) != (end is None):
        raise ConfigurationError("start and end go together: give both, or period.")
    if period is not None and not _PERIOD.fullmatch(period):
        raise ConfigurationError(f"period is a number and h or d, such as '24h', not {period!r}.")
    return {"period": period, "start": start, "end": end}


def usage_path(
    when: dict[str, Any],
    *,
    key_prefix: str | None,
    group_by: str | None,
    tz: str | None,
    detail: bool,
) -> str:
    """Return the path of a report; `when` is its `window`, the rest as in `account.usage`."""
    path = f"{USAGE}/detail" if detail or group_by or tz else USAGE
    return path_of(path, **when, key_prefix=key_prefix, group_by=group_by, tz=tz)


# --- the service's limit of requests -----------------------------------------------------------
LIMIT_WINDOW = 60.0
"""Seconds after which a limit of requests a minute has passed, where the service names none."""
MAX_WAIT = 120.0
"""Seconds. A service that asks for a longer wait is not waited for: the caller decides."""
MAX_REFUSALS = 5
"""Refusals in a row, each after a wait, before the error is raised."""


class Patience:
    """How a reader of many pages meets the service's limit of requests: pure, no clock, no sleep.

    A refusal of the first page is raised, since nothing is lost then.

    Args:
        most: Seconds to wait at most, in total; None for no limit.

    Attributes:
        waited: Seconds that were to be waited so far.
    """

    def __init__(self, most: float | None = None) -> None:
        """Start before the first page."""
        self.waited = 0.0
        self._most = most
        self._refusals: int | None = None

    def note_page(self) -> None:
        """Note that a page came."""
        self._refusals = 0

    def seconds_after(self, error: RateLimitError) -> float:
        """Return the seconds to wait before a page is asked for again; raise `error` for never."""
        seconds = error.retry_after or LIMIT_WINDOW
        too_long = seconds > MAX_WAIT
        if self._most is not None:
            too_long = too_long or self.waited + seconds > self._most
        if self._refusals is None or self._refusals == MAX_REFUSALS or too_long:
            raise error
        self._refusals += 1
        self.waited += seconds
        return seconds


# --- ledger -------------------------------------------------------------------------------------
class Ledger:
    """The pages of the ledger: which is asked for next.

    Args:
        **filters: Parameters of each request; None leaves one out.

    Attributes:
        path: Path of the next page; None when there is none.
    """

    def __init__(self, **filters: Any) -> None:
        """Start before the first page."""
        self._filters = {**filters, "limit": PAGE}
        self._cursor: str | None = None
        self.path: str | None = path_of(TRANSACTIONS, **self._filters)

    def take(self, page: Page) -> list[Transaction]:
        """Read a page; return its entries."""
        cursor, self._cursor = self._cursor, page.next_cursor
        is_last = self._cursor is None or self._cursor == cursor
        filters = self._filters
        self.path = None if is_last else path_of(TRANSACTIONS, **filters, cursor=self._cursor)
        return list(map(read_transaction, page.rows))


# --- log ----------------------------------------------------------------------------------------
class LogWindow(NamedTuple):
    """A window of the log that does not move while its parts are read.

    Attributes:
        asked: The window as it is asked for at first.
        start: Its start.
        end: Its end.
    """

    asked: dict[str, Any]
    start: datetime
    end: datetime


def log_window(period: str | None, start: When, end: When, now: datetime) -> LogWindow:
    """Return a window of the log; the last 24 hours by default.

    Raises:
        ConfigurationError: It is none, or longer than the 92 days that the service takes.
    """
    window(period, start, end)
    if start is not None and end is not None:
        first, last = _moment("start", start), _moment("end", end)
        asked: dict[str, Any] = {"start": first, "end": last}
    else:
        asked = {"period": period or "24h"}
        found = _PERIOD.fullmatch(asked["period"])
        hours = int(found[1]) * _HOURS[found[2]] if found else 0
        first, last = now - timedelta(hours=hours), now
    if first > last or last - first > _LONGEST:
        raise ConfigurationError("A window ends after it starts, and has 92 days at most.")
    return LogWindow(asked, first, last)


def _moment(name: str, value: datetime | str) -> datetime:
    read = moment(value.isoformat() if isinstance(value, datetime) else value)
    if read is None:
        raise ConfigurationError(f"{name} is no date of ISO 8601: {value!r}.")
    return read


class Log:
    """The pages of the log in a window of time: which is asked for next.

    Args:
        whole: The window.
        **filters: Parameters of each request; None leaves one out.

    Attributes:
        path: Path of the next page; None when there is none.
    """

    def __init__(self, whole: LogWindow, **filters: Any) -> None:
        """Start before the first page."""
        self._filters = filters
        self._rows: list[Row] = []
        self._parts = _log_parts(whole, self._rows)
        self.path: str | None = path_of(LOGS, **next(self._parts), **filters)

    def take(self, page: Page) -> None:
        """Read a page."""
        try:
            self.path = path_of(LOGS, **self._parts.send(page), **self._filters)
        except StopIteration:
            self.path = None

    def entries(self) -> list[LogEntry]:
        """Return the entries of all pages, newest first."""
        return list(map(read_log_entry, self._rows))


LogPages = Generator[dict[str, Any], "Page", None]
"""Yields the parameters of a request and is sent its page."""


def _log_parts(whole: LogWindow, rows: list[Row]) -> LogPages:
    """Read a window of the log in parts of time that fit on one page each, newest part first.

    Pages by offset lose and repeat rows when the log grows meanwhile, and it does, because the
    ledger lags. So a window with more rows than a page is halved until they fit. Rows go to `rows`,
    newest first, each once.
    """
    seen: set[Any] = set()
    parts = [whole]
    while parts:
        asked, first, last = parts.pop()
        page = yield {**asked, "limit": PAGE}
        middle = _middle(first, last)
        if page.has_more and middle is not None and _within(page.rows, first, last):
            parts += [_part(first, middle), _part(middle, last)]
            continue
        found = list(page.rows)
        while page.has_more and page.rows:  # rows of one instant: these do not move
            page = yield {**asked, "limit": PAGE, "offset": len(found)}
            found += page.rows
        found.sort(key=lambda row: str(row.get("created")), reverse=True)
        for row in found:  # a row at the border of two parts is in both
            mark = row.get("inference_id") or id(row)
            if mark not in seen:
                seen.add(mark)
                rows.append(row)


def _part(start: datetime, end: datetime) -> LogWindow:
    return LogWindow({"start": start, "end": end}, start, end)


def _middle(first: datetime, last: datetime) -> datetime | None:
    """Return the middle of a window in whole milliseconds, None if it has none."""
    middle = first + (last - first) / 2
    middle = middle.replace(microsecond=middle.microsecond // 1000 * 1000)
    return middle if first < middle < last else None


def _within(rows: Sequence[Row], first: datetime, last: datetime) -> bool:
    """Return whether a window was obeyed; dividing it further is of no use where it was not."""
    times = (moment(row.get("created")) for row in rows)
    return all(time is None or first <= time <= last for time in times)
