"""`refresh()` brings what the service says now into this process; without it nothing changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import wire
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from scripted import Scripted, ran, refused

from langchain_aimlapi import ChatAIMLAPI, errors
from langchain_aimlapi.catalogue import arefresh, refresh
from langchain_aimlapi.profiles import facts_for, profile_for, use_live_facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulator.server import Emulator

    Json = dict[str, Any]

WAYS = pytest.mark.parametrize("ask", [refresh, arefresh], ids=["sync", "async"])
NEW = "vendor/brand-new-7"


@pytest.fixture(autouse=True)
def _only_what_is_packaged() -> Iterator[None]:
    yield
    use_live_facts({})


def listed(id_: str = NEW, type_: str = "openai/chat-completions", **info: Any) -> Json:
    return {
        "id": id_,
        "aliases": ["brand-new-7"] if id_ == NEW else [],
        "type": type_,
        "info": {"name": "Brand New", "developer": "Vendor", **info},
        "capabilities": ["tools", "structured_output"],
        "modalities": {"input": ["text", "image"], "output": ["text", "image"]},
        "pricing": {
            "kind": "fixed",
            "units": [
                {"name": "token", "content": "text", "origin": "provided", "price": 2, "per": 1e6},
                {"name": "token", "content": "text", "origin": "generated", "price": 8, "per": 1e6},
                {"name": "token", "content": "image", "origin": "provided", "price": 3, "per": 1e6},
            ],
        },
    }


def document(path: str = "/v1/chat/completions", **fields: Json) -> Json:
    schema = {"properties": {"model": {}, **fields}}
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    return {"paths": {path: {"post": body}}}


class Live:
    """A service with a list, retirements and documents, all with tags; any may fail."""

    def __init__(self, *models: Json, retired: tuple[Json, ...] = (), **documents: Json) -> None:
        self.bodies: Json = {
            "/v1/models": {"data": list(models)},
            "/v1/models/deprecations": {"data": list(retired)},
            "/docs-json": documents,
        }
        self.statuses: list[int] = []
        self.queries: list[str] = []
        self.broken: Any = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        self.queries.append(str(query))
        if self.broken is not None:
            return Scripted(self.broken)(request)
        body = self.bodies[path]
        if path == "/docs-json":
            body = body[query["endpoint"].rpartition("/")[2].replace("-", "_")]
        tag = f'W/"{len(json.dumps(body))}"'
        known = request.headers.get("if-none-match") == tag
        self.statuses.append(304 if known else 200)
        return httpx.Response(self.statuses[-1], headers={"etag": tag}, json=body)

    def ask(self, function: Any, **settings: Any) -> Any:
        return Scripted(self).ask(function, **settings)


def profile(model: str = NEW) -> Json:
    return dict(profile_for(model) or {})


# --- what is known then -------------------------------------------------------------------------
BRAND_NEW = {
    "name": "Brand New",
    "status": "active",
    "release_date": "2026-11-30",
    "max_input_tokens": 50_000,
    "max_output_tokens": 9_000,
    "tool_calling": True,
    "structured_output": True,
    "image_inputs": True,
    "image_outputs": True,
    "video_outputs": False,
}


@WAYS
def test_a_model_that_is_newer_than_the_package_is_known_after_a_refresh(ask: Any) -> None:
    assert ChatAIMLAPI(NEW, api_key="k").profile is None
    info = {"contextLength": 50_000, "outputMax": 9_000, "releasedAt": "2026-11-30"}
    (model,) = Live(listed(**info), listed("vendor/pictures", "openai/images")).ask(ask)
    assert model.id == NEW
    for name in (NEW, "brand-new-7", "Vendor/Brand-New-7", "brand-new-7-20261130"):
        known = ChatAIMLAPI(name, api_key="k").profile or {}
        assert known.items() >= BRAND_NEW.items()
        assert facts_for(name).prices == {"input": 2.0, "output": 8.0, "image_input": 3.0}
        assert facts_for(name).takes("anything")
    assert profile("vendor/pictures") == {}


def test_an_id_is_not_taken_for_an_alias_of_another_model() -> None:
    other = {**listed("vendor/other", contextLength=5), "aliases": [NEW]}
    end = {"id": "vendor/speech", "status": "withdrawn", "replaced_by": NEW}
    Live(listed(contextLength=50_000), other, retired=(end,)).ask(refresh)
    assert profile()["max_input_tokens"] == 50_000
    assert facts_for("vendor/speech").replaced_by == NEW
    assert profile("vendor/speech") == {}  # it is not listed among chat models


def test_what_is_packaged_is_the_floor() -> None:
    before = facts_for("openai/gpt-4o")
    row = {"id": "openai/gpt-4o", "status": "deprecated", "shutdown_at": "2027-01-31"}
    gpt = {**listed("openai/gpt-4o", contextLength=256_000), "modalities": {}, "capabilities": []}
    Live(gpt, retired=(row,)).ask(refresh)
    after = facts_for("openai/gpt-4o")
    assert (after.context, after.deprecated, after.shutdown_at) == (256_000, True, "2027-01-31")
    for field in ("known", "parameters", "parameters_of", "endpoints", "limits", "parts_by_role"):
        assert getattr(after, field) == getattr(before, field)
    assert profile("openai/gpt-4o")["tool_calling"] is True
    Live().ask(refresh)  # takes the place of the one before
    assert facts_for("openai/gpt-4o").context == before.context


def test_documents_bring_parameters_limits_and_endpoints() -> None:
    efforts = {"type": "string", "enum": ["low", "newest"]}
    live = Live(
        listed(),
        listed(type_="openai/responses"),
        chat_completions=document(reasoning_effort=efforts, top_k={"minimum": 1}),
        responses=document("/v1/responses", tools={}, reasoning={}),
    )
    live.ask(refresh, documents=["brand-new-7"])
    assert "model=vendor%2Fbrand-new-7&endpoint=openai%2Fchat-completions" in live.queries
    facts = facts_for(NEW)
    assert facts.endpoints == ("chat/completions", "responses")
    assert facts.parameters >= {"reasoning_effort", "top_k", "tools"}
    assert facts.parameters_of == {"responses": {"tools", "reasoning"}}
    assert facts.limits == {
        "reasoning_effort": {"enum": ["low", "newest"]},
        "top_k": {"minimum": 1},
    }
    assert profile()["reasoning_effort_levels"] == ["low", "newest"]
    with pytest.raises(errors.NotFoundError, match="lists no model 'vendor/brand-new-8'"):
        live.ask(refresh, documents="vendor/brand-new-8")


def test_a_document_of_several_bodies_takes_what_one_of_them_takes() -> None:
    bodies = [
        {"properties": {"reasoning_effort": {"enum": ["low"]}, "stop": {}}},
        {"properties": {"reasoning_effort": {"enum": ["low", "xhigh"]}}},
    ]
    body = {"requestBody": {"content": {"application/json": {"schema": {"anyOf": bodies}}}}}
    router = {"paths": {"/v1/chat/completions": {"post": body}}}
    Live(listed("openai/gpt-4o"), chat_completions=router).ask(refresh, documents=["openai/gpt-4o"])
    assert facts_for("openai/gpt-4o").limits["reasoning_effort"] == {"enum": ["low", "xhigh"]}


def test_a_new_model_of_another_endpoint_goes_there() -> None:
    Live(listed(type_="openai/responses")).ask(refresh)
    service = Scripted(wire.response())
    ChatAIMLAPI(NEW, api_key="k", **service.clients).invoke("Hi")
    assert service.requests[0].url.path == "/v1/responses"


@pytest.mark.parametrize("model", [NEW, "anthropic/claude-of-next-year"])
def test_a_new_model_is_sent_what_it_is_given(model: str) -> None:
    Live(listed(model)).ask(refresh)
    service = Scripted(wire.completion({"role": "assistant", "content": "Yes."}))
    image = {"type": "image", "url": "https://example.org/a.png"}
    call = {"name": "f", "args": {}, "id": "call_1"}
    history = [
        SystemMessage("Be brief."),
        HumanMessage([{"type": "text", "text": "What is it?"}, image]),
        AIMessage("", tool_calls=[call]),
        ToolMessage("A cat.", tool_call_id="call_1"),
    ]
    ChatAIMLAPI(model, api_key="k", **service.clients).invoke(history)
    assert "https://example.org/a.png" in str(service.bodies[0]["messages"])


def test_a_model_stays_where_it_is_documented_though_it_is_listed_elsewhere() -> None:
    before = facts_for("openai/gpt-5-pro")
    live = Live(listed("openai/gpt-5-pro"), chat_completions=document(tools={}))
    live.ask(refresh, documents=["openai/gpt-5-pro"])
    after = facts_for("openai/gpt-5-pro")
    assert after.endpoints == before.endpoints == ("responses",)
    assert after.parameters_of == before.parameters_of
    assert profile("openai/gpt-5-pro")["tool_calling"] is True


@WAYS
def test_the_emulated_service_is_read_with_its_documents(ask: Any, emulator: Emulator) -> None:
    before = len(emulator.requests)
    settings: Json = {"base_url": emulator.base_url, "documents": ["gpt-4o", "gpt-4o-mini"]}
    models = ran(ask(**settings))
    assert "openai/gpt-4o" in {model.id for model in models}
    assert facts_for("gpt-4o").prices == {"input": 3.25, "output": 13.0}
    assert facts_for("gpt-4o").deprecated
    assert ran(ask(**settings)) == models
    sent = emulator.requests[before:]
    assert len(sent) == 8
    assert all("if-none-match" in request.headers for request in sent[4:])


# --- the file, and no service -------------------------------------------------------------------
def test_the_next_process_only_asks_whether_the_file_still_holds(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    live = Live(listed(contextLength=7_000), chat_completions=document(top_k={}))
    asked: Json = {"cache": path, "documents": [NEW], "api_key": "sk-secret-123456"}
    live.ask(refresh, **asked)
    use_live_facts({})
    live.ask(refresh, **asked)
    assert live.statuses == [200, 200, 200, 304, 304, 304]
    assert profile()["max_input_tokens"] == 7_000
    assert "sk-secret" not in path.read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["facts.json"]


@WAYS
@pytest.mark.parametrize("broken", [httpx.ConnectError("no"), refused(503)], ids=["off", "503"])
def test_without_the_service_the_file_counts_or_nothing_changes(
    ask: Any, broken: Any, tmp_path: Path
) -> None:
    path = tmp_path / "facts.json"
    live = Live(listed(contextLength=7_000))
    live.ask(ask, cache=path)
    use_live_facts({})
    live.broken = broken
    with pytest.raises(Exception, match="no"):
        live.ask(ask, cache=tmp_path / "none.json")
    assert profile() == {}
    with pytest.warns(UserWarning, match=r"cannot be reached: facts are those of .*facts\.json"):
        live.ask(ask, cache=path)
    assert profile()["max_input_tokens"] == 7_000


def test_a_refresh_that_fails_changes_nothing(tmp_path: Path) -> None:
    live = Live(listed(contextLength=7_000))
    live.ask(refresh)
    live.broken = refused(401)
    with pytest.raises(errors.AuthenticationError):
        live.ask(refresh)
    live.broken = None
    live.bodies["/v1/models"] = {"data": [{}]}
    with pytest.raises(errors.MalformedResponseError):
        live.ask(refresh)
    assert profile()["max_input_tokens"] == 7_000
    foreign = tmp_path / "notes.json"
    foreign.write_text('["mine"]')
    with pytest.raises(errors.ConfigurationError, match=r"notes\.json cannot be read as the cache"):
        live.ask(refresh, cache=foreign)
    assert foreign.read_text() == '["mine"]'
    with pytest.raises(errors.ConfigurationError, match="There is no folder"):
        live.ask(refresh, cache=tmp_path / "missing" / "facts.json")


def test_a_document_that_is_none_is_an_error() -> None:
    for broken in ({}, {"paths": {"/v1/images": {}}}):
        with pytest.raises(errors.MalformedResponseError, match="describes no endpoint"):
            Live(listed(), chat_completions=broken).ask(refresh, documents=[NEW])


def test_nothing_is_asked_for_unless_it_is_told_to() -> None:
    with pytest.raises(errors.APIConnectionError):
        Scripted(httpx.ConnectError("offline")).ask(refresh)
    assert facts_for("openai/gpt-4o").prices == {}
