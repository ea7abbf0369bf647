"""Claude's body, on messages and on chat/completions."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from . import openai_rules
from . import rules as z
from .models import OPENAI_PARTS_OF_CLAUDE

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from .models import Model

_MARK = openai_rules.MARK
_IMAGE_TYPES = z.text("image/jpeg", "image/png", "image/gif", "image/webp")
_NAME = z.text(pattern=r"[A-Za-z0-9_-]{1,128}")
_ID = z.text(pattern=r"[A-Za-z0-9_-]{1,64}")
_SERVER_ID = z.text(pattern=r"srvtoolu_[A-Za-z0-9_-]+")
_SAID = z.text(pattern=r"(?s).*\S.*")
_BY_URL = {"url": {"url": z.link}}
_SOURCES = {
    "image": z.kinds(base64={"media_type": _IMAGE_TYPES, "data": z.base64_data}, **_BY_URL),
    "document": z.kinds(
        base64={"media_type": z.text("application/pdf"), "data": z.base64_data},
        text={"media_type": z.text("text/plain"), "data": str},
        **_BY_URL,
    ),
}
_CITED = z.maybe(z.fields(enabled=z.maybe(bool)))
_TITLED = {"title": z.maybe(str), "context": z.maybe(str), "citations": _CITED}


def _blocks(mark: dict[str, Any]) -> dict[str, Any]:
    return z.kinds(
        text={"text": _SAID, **mark},
        image={"source": z.tagged(_SOURCES["image"]), **mark},
        document={"source": z.tagged(_SOURCES["document"]), **_TITLED, **mark},
    )


# github.com/caozhiyuan/copilot-api/issues/241: no cache mark inside of a result.
_RESULT = z.maybe(z.by_kind(string=str, array=z.array(z.tagged(_blocks({})))))
_BLOCKS = _blocks(_MARK) | z.kinds(
    # No cache mark is documented on thoughts.
    thinking={"thinking": str, "signature": z.filled},
    redacted_thinking={"data": z.filled},
    tool_use={"id": _ID, "name": _ID, "input": z.open_object, **_MARK},
    tool_result={"tool_use_id": _ID, "is_error": z.maybe(bool), "content": _RESULT, **_MARK},
    server_tool_use={"id": _SERVER_ID, "name": str, "input": z.open_object, **_MARK},
    web_search_tool_result={"tool_use_id": _SERVER_ID, "content": list[Any], **_MARK},
)
_CONTENT = z.by_kind(string=_SAID, array=z.array(z.tagged(_BLOCKS), at_least=1))
_MESSAGES = z.array(z.fields(role=z.text("user", "assistant"), content=_CONTENT), at_least=1)

# The service's own tools by type, with their names; one without a type is the user's.
_SERVICES = {
    "web_search_20250305": "web_search",
    "web_fetch_20250910": "web_fetch",
    "tool_search_tool_bm25_20251119": "tool_search_tool_bm25",
}
_FLAGS = {name: z.maybe(bool) for name in ("strict", "defer_loading")}
_SCHEMA = {"input_schema": z.tagged({"object": z.open_object})}
_TOLD = {"description": z.maybe(str), "type": z.maybe(z.text("custom"))}
_TOOLS = {"custom": z.fields(name=_NAME, **_SCHEMA, **_TOLD, **_FLAGS, **_MARK)} | {
    kind: z.fields(type=z.text(kind), name=z.text(name), max_uses=z.maybe(z.number(1)), **_MARK)
    for kind, name in _SERVICES.items()
}
_NO_PARALLEL = {"disable_parallel_tool_use": z.maybe(bool)}
_CHOICES = z.kinds(
    auto=_NO_PARALLEL, any=_NO_PARALLEL, tool={"name": _NAME, **_NO_PARALLEL}, none={}
)
_BUDGET = {"budget_tokens": z.number(1024, whole=True)}
_SYSTEM = z.array(z.fields(text=_SAID, type=z.maybe(z.text("text")), **_MARK))
_PARAMETERS: dict[str, Any] = {
    "max_tokens": z.number(1),
    "metadata": dict[str, str],
    "stop_sequences": z.array(z.filled),
    "stream": bool,
    "system": z.by_kind(string=str, array=_SYSTEM),
    "temperature": z.number(0, 1),
    "thinking": z.tagged(z.kinds(enabled=_BUDGET, disabled={}, adaptive={})),
    "tool_choice": z.tagged(_CHOICES),
    "tools": z.array(z.tagged(_TOOLS, default="custom")),
    "top_k": z.number(0),
    "top_p": z.number(0, 1),
}


@lru_cache(maxsize=16)
def body(model: Model) -> TypeAdapter:
    """The whole Claude-style body for one model."""
    return openai_rules.whole(model, _MESSAGES, _PARAMETERS)


@lru_cache(maxsize=16)
def body_with_openai_messages(model: Model) -> TypeAdapter:
    """What Claude takes besides: OpenAI-style messages and tools."""
    turns = openai_rules.messages(OPENAI_PARTS_OF_CLAUDE)
    taken = replace(model, parameters=model.parameters | model.openai_parameters)
    return openai_rules.whole(taken, turns, _PARAMETERS | openai_rules.PARAMETERS)
