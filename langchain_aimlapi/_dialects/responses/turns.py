"""Earlier answers as items: text, calls, reasoning and traces of server tools, in their order.

Our own answers of this endpoint go back as they came. Of answers from elsewhere text and calls go
back; reasoning and traces that only their maker can read are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.coerce import dict_of, dicts_of
from langchain_aimlapi._dialects.responses.items import (
    IMAGE,
    REASONING,
    RESPONSES,
    TOOLS_OF,
    Item,
    image_item,
    is_service_id,
    is_stored,
    reasoning_item,
    server_item,
)
from langchain_aimlapi._messages.calls import (
    CallIds,
    arguments_of,
    free_text_of,
    take_call,
    tool_uses,
)
from langchain_aimlapi._messages.parts import Media, Part, Raw, Text, ToolResult, ToolUse
from langchain_aimlapi._messages.tools import custom_tool_names
from langchain_aimlapi.data.vendors import RESPONSES_CALL_IDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_aimlapi._messages.conversation import MessageContext
    from langchain_aimlapi.profiles import ModelFacts

_CITATION = ("type", "start_index", "end_index", "url", "title")


class AcceptedItems:
    """Which items a request may carry: what the model documents, and what its own tools make.

    Args:
        facts: What is documented about the model.
        tools: The tools of the request, as they are sent.
        stored: Whether the service keeps answers, so that items are known by their ids alone.

    Attributes:
        custom_tools: Names of the tools whose calls are free text.
        only_function_calls: Whether every call and every result is sent as that of a function.
    """

    def __init__(
        self, facts: ModelFacts, tools: Sequence[Mapping[str, Any]], *, stored: bool
    ) -> None:
        """Read the facts."""
        self.model = facts.model
        self.stored = stored
        self.call_ids = CallIds(RESPONSES_CALL_IDS)
        self.reasoning = facts.takes("reasoning", RESPONSES)
        self._tools = frozenset(str(tool.get("type")) for tool in tools) | facts.responses_tools
        self._documented = facts.known and RESPONSES in facts.endpoints
        self.custom_tools = custom_tool_names(tools)
        functions = self.takes("function_call") and self.takes("function_call_output")
        self.only_function_calls = functions and not self.custom_tools

    def takes(self, item_type: str) -> bool:
        """Return whether items of a type may be sent; of types without a tool all may."""
        needed = TOOLS_OF.get(item_type)
        return not self._documented or needed is None or not needed.isdisjoint(self._tools)


def assistant_items(context: MessageContext, accepted: AcceptedItems) -> list[Item]:
    """Return the items of an earlier answer.

    Raises:
        UnsupportedContentError: It holds media that no model made.
    """
    content = context.message.content
    answer = _Answer(context, accepted)
    if isinstance(content, str):
        calls = tool_uses(context)
        answer.add_text(content or str(context.message.additional_kwargs.get("refusal") or ""))
    else:
        parts = context.parts()
        calls = tool_uses(context, parts)
        for index, (block, part) in enumerate(zip(content, parts, strict=True)):
            if not isinstance(part, ToolUse):
                answer.add(index, {} if isinstance(block, str) else block, part)
            elif (call := take_call(calls, part)) is not None:
                answer.add_call(call)
    for call in calls:
        answer.add_call(call)
    return answer.close()


class _Answer:
    """One earlier answer while it is written."""

    def __init__(self, context: MessageContext, accepted: AcceptedItems) -> None:
        self._context = context
        self._accepted = accepted
        self._is_from_this_endpoint = _is_from_this_endpoint(context, accepted.model)
        self._items: list[Item] = []
        self._texts: list[str] = []
        self._message: Item | None = None  # open: more of its parts may follow
        self._thoughts: list[Mapping[str, Any]] = []
        self._server_calls: dict[str, tuple[int, Mapping[str, Any]]] = {}

    def add_text(self, text: str) -> None:
        """Add text that no item is known for."""
        if text:
            self._end_thoughts()
            self._message = None
            self._texts.append(text)

    def add_call(self, call: ToolUse) -> None:
        """Add a call; as text where the model documents no functions."""
        self._end()
        args, arguments = arguments_of(self._context, call)
        item: Item = {
            "type": "function_call",
            "call_id": self._accepted.call_ids.id_of_call(str(call.id)),
            "name": call.name,
        }
        if call.name in self._accepted.custom_tools:
            item["type"] = "custom_tool_call"
            item["input"] = free_text_of(args, arguments)
        elif self._accepted.takes("function_call"):
            item["arguments"] = arguments
        else:
            item = {"role": "assistant", "content": f"(called {call.name} with {arguments})"}
        self._items.append(item)

    def add(self, index: int, block: Mapping[str, Any], part: Part) -> None:
        """Add a block of the content."""
        kind = block.get("type")
        if isinstance(part, Text):
            self._text(block, part)
        elif isinstance(part, Media) and part.is_speech:
            self.add_text(part.text or "")
        elif isinstance(part, Media):
            self._media(index, block, part)
        elif isinstance(part, ToolResult):
            raise self._context.unsupported(index, part, frozenset({"text"}))
        elif not self._is_from_this_endpoint:
            return  # only its maker can read it
        elif kind == "reasoning":
            self._think(block)
        elif kind == "server_tool_call":
            self._server_call(block)
        elif kind == "server_tool_result":
            self._server_result(block)
        elif isinstance(part, Raw) and (part.verbatim or kind in TOOLS_OF):
            self._add_as_it_came(part.value)

    def close(self) -> list[Item]:
        """Return the items."""
        self._thoughts = []  # of an answer that was cut off: reasoning has to lead to something
        self._end()
        return [item for item in self._items if item]

    # --- blocks ---
    def _think(self, block: Mapping[str, Any]) -> None:
        if not self._accepted.reasoning or not is_service_id(REASONING, block.get("id")):
            return
        if "summary" in block:  # the item itself
            self._add_as_it_came(block)
            return
        if self._thoughts and self._thoughts[0].get("id") == block["id"]:
            self._thoughts.append(block)
            return
        encrypted = dict_of(block.get("extras")).get("encrypted_content")
        # Without the encrypted text the service would look up an id that it has not stored.
        stored = self._accepted.stored and is_stored(self._context.message.response_metadata)
        if encrypted or stored:
            self._end()
            self._thoughts = [block]

    def _text(self, block: Mapping[str, Any], part: Text) -> None:
        id_ = block.get("id")
        if not self._is_from_this_endpoint or not is_service_id("message", id_):
            self.add_text(part.text)
            return
        if self._message is None or self._message["id"] != id_:
            self._end()
            self._message = {
                "type": "message",
                "id": id_,
                "status": "completed",
                "role": "assistant",
                "content": [],
                **dict_of(block.get("extras")),
            }
            self._items.append(self._message)
        self._message["content"].append(_text_part(block, part.text))

    def _server_call(self, block: Mapping[str, Any]) -> None:
        known = is_service_id("server_tool_call", block.get("id"))
        item = server_item(block, None) if known else None
        if item is not None and not self._accepted.takes(item["type"]):
            self._thoughts = []  # what they led to stays out
        elif item is not None:
            self._end()
            self._server_calls[str(block.get("id"))] = (len(self._items), block)
            self._items.append(item)

    def _server_result(self, block: Mapping[str, Any]) -> None:
        at, call = self._server_calls.get(str(block.get("tool_call_id")), (0, None))
        if call is not None:
            self._items[at] = server_item(call, block) or {}

    def _media(self, index: int, block: Mapping[str, Any], part: Part) -> None:
        known = self._is_from_this_endpoint and is_service_id(IMAGE, block.get("id"))
        item = image_item(block) if known else None
        if item is not None:
            self._add_as_it_came(item)
        else:
            self._context.leave_out(index, part)

    def _add_as_it_came(self, block: Mapping[str, Any]) -> None:
        """Add an item as it came, if the model documents such items."""
        item = {name: value for name, value in block.items() if name != "index"}
        kind = str(item.get("type"))
        if not self._accepted.takes(kind):
            self._thoughts = []
        elif kind != REASONING or self._accepted.reasoning:
            if not is_service_id(kind, item.get("id")):
                item.pop("id", None)
            self._end()
            self._items.append(item)

    # --- ends ---
    def _end(self) -> None:
        """Close what is open."""
        self._end_thoughts()
        self._message = None
        if self._texts:
            self._items.append({"role": "assistant", "content": "".join(self._texts)})
            self._texts = []

    def _end_thoughts(self) -> None:
        if self._thoughts:
            self._items.append(reasoning_item(self._thoughts))
            self._thoughts = []


def _text_part(block: Mapping[str, Any], text: str) -> Item:
    if str(block.get("type")) in {"refusal", "non_standard"}:
        return {"type": "refusal", "refusal": text}
    cited = map(_url_citation, dicts_of(block.get("annotations")))
    return {"type": "output_text", "text": text, "annotations": list(filter(None, cited))}


def _url_citation(cited: Mapping[str, Any]) -> Item | None:
    """Return the one kind of annotation that is taken back, if it is whole."""
    citation: Item = {**cited, "type": "url_citation"}
    if str(cited.get("type")) not in {"citation", "url_citation"}:
        return None
    if not all(citation.get(name) is not None for name in _CITATION):
        return None
    return {name: citation[name] for name in _CITATION}


def _is_from_this_endpoint(context: MessageContext, model: str) -> bool:
    """Return whether a message is an answer of this endpoint, or written as if it were one.

    Reasoning that Grok encrypted means nothing to OpenAI's models, and the other way round.
    """
    if context.maker is None:
        return True
    served = str(context.message.response_metadata.get("model_name") or model)
    return context.answered_on == RESPONSES and ("grok" in served.lower()) == (
        "grok" in model.lower()
    )
