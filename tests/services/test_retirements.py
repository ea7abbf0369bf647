"""Models that end: the warning before, the error after, and the service's own list of them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from private import set_retirement_warnings
from scripted import Scripted, ran, refused

from langchain_aimlapi import ChatAIMLAPI, errors
from langchain_aimlapi.catalogue import Retirement, aretirements, retirements

if TYPE_CHECKING:
    from emulator.server import Emulator

ANSWER = {"choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}
WAYS = pytest.mark.parametrize("ask", [retirements, aretirements], ids=["sync", "async"])
CODEX = Retirement(
    id="openai/gpt-5.3-chat",
    status="withdrawn",
    aliases=("gpt-5.3-chat",),
    deprecated_at=date(2026, 8, 10),
    shutdown_at=date(2026, 8, 10),
    replaced_by="openai/gpt-5.3-codex",
    reason="provider_delisted",
)


# --- a call of a retired model ------------------------------------------------------------------
def test_a_call_of_a_retired_model_warns_once_and_names_what_replaces_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_retirement_warnings(monkeypatch, given=False)
    service = Scripted(ANSWER)
    model = ChatAIMLAPI("openai/gpt-5.3-chat", api_key="k", **service.clients)
    said = r"gpt-5\.3-chat is .* \(2026-08-10\): use openai/gpt-5\.3-codex, which replaces it\."
    with pytest.warns(errors.ModelRetirementWarning, match=said):
        model.invoke("Hi")
    model.invoke("Hi")
    with pytest.warns(
        errors.ModelRetirementWarning, match=r"o1-mini is .*: choose another model\."
    ):
        model.invoke("Hi", model="o1-mini")
    ChatAIMLAPI("openai/gpt-4o", api_key="k", **service.clients).invoke("Hi")
    # Python shows these to everyone, without any setting.
    assert issubclass(errors.ModelRetirementWarning, FutureWarning)


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("openai/gpt-5.3-chat", "is retired: use openai/gpt-5.3-codex, which replaces it."),
        ("gpt-5.3-chat", "is retired: use openai/gpt-5.3-codex, which replaces it."),
        ("deepseek/deepseek-chat", "use deepseek/deepseek-v4.1-flash, which replaces it."),
        ("chatgpt-4o-latest", "is retired: choose another model."),  # its successor is, too
    ],
)
def test_the_404_of_a_retired_model_names_what_replaces_it(model: str, hint: str) -> None:
    service = Scripted(refused(404, "No such model"))
    with pytest.raises(errors.NotFoundError) as error:
        ChatAIMLAPI(model, api_key="k", **service.clients).invoke("Hi")
    assert str(error.value).endswith(hint)


# --- the list of the service --------------------------------------------------------------------
@WAYS
def test_the_list_comes_as_rows_and_is_asked_for_again_by_its_tag(
    ask: Any, emulator: Emulator
) -> None:
    before = len(emulator.requests)
    rows = ran(ask(base_url=emulator.base_url))
    assert CODEX in rows
    assert rows == ran(ask(base_url=emulator.base_url))
    first, second = emulator.requests[before:]
    assert (first.path, "if-none-match" in first.headers) == ("/v1/models/deprecations", False)
    assert second.headers["if-none-match"].startswith('W/"')
    assert "authorization" not in first.headers
    (superseded,) = ran(ask(status="superseded", base_url=emulator.base_url))
    assert (superseded.shutdown_at, superseded.names[:2]) == (
        None,
        ("aura-2-zeus-en", "deepgram/aura-2-zeus-en"),
    )
    since = ran(ask(status=["withdrawn"], since=date(2026, 8, 1), base_url=emulator.base_url))
    assert since == [CODEX]


def test_a_filter_that_the_service_would_ignore_is_refused() -> None:
    with pytest.raises(
        errors.ConfigurationError, match="status is one of 'deprecated', 'superseded'"
    ):
        retirements(status="retired")
    with pytest.raises(errors.ConfigurationError, match="since is a date such as 2026-08-01"):
        retirements(since="August")


def test_rows_are_read_leniently_and_a_list_that_is_none_is_an_error() -> None:
    row = {"id": "a/b", "status": "withdrawn", "shutdown_at": "soon", "extra": 1}
    (read,) = Scripted({"object": "list", "data": [row]}).ask(retirements)
    assert read == Retirement("a/b", "withdrawn")
    assert read.raw == row
    for broken in ({"data": {}}, {"data": [{"id": 1}]}, b"no"):
        with pytest.raises(errors.MalformedResponseError, match="retirements"):
            Scripted(broken).ask(retirements)
