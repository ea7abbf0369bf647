"""Earlier answers as items: text, calls, reasoning and traces of server tools, in their order.

Our own answers of this endpoint go back as they came. Of answers from elsewhere text and calls go
back; reasoning and traces that only their maker can read are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_aimlapi._answers.metadata import PROVIDER
from langchain_aimlapi._dialects.responses.facts import is_stored
from langchain_aimlapi._dialects.responses.items import (
    IMAGE,
    REASONING,
    Item,
    image_item,
    is_documented,
    is_item,
    is_service_id,
    reasoning_item,
    server_item,
)
from langchain_aimlapi._messages.call_ids import CallIds
from langchain_aimlapi._messages.calls import arguments_text, take_call, tool_uses
from langchain_aimlapi._messages.parts import (
    Audio,
    File,
    Image,
    Part,
    Raw,
    Text,
    ToolResult,
    ToolUse,
    Video,
)
from langchain_aimlapi._messages.turns import Place, parts_of, unsupported
from langchain_aimlapi._warning import warn
from langchain_aimlapi.data.vendors import RESPONSES_CALL_IDS

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from langchain_aimlapi.profiles import ModelFacts

RESPONSES = "responses"

_CITATION = ("type", "start_index", "end_index", "url", "title")


class AcceptedItems:
    """Which items a request may carry: what the model documents, and what its own tools make.

    Args:
        facts: What is documented about the model.
        bound: The tools of the request, in neutral form.
        stored: Whether the service keeps answers, so that items are known by their ids alone.
    """

    def __init__(
        self, facts: ModelFacts, bound: Sequence[Mapping[str, Any]], *, stored: bool
    ) -> None:
        """Read the facts."""
        self.model = facts.model
        self.stored = stored
        self.call_ids = CallIds(RESPONSES_CALL_IDS)
        self.reasoning = facts.takes("reasoning", RESPONSES)
        kinds = [str(tool.get("type")) for tool in bound]
        self._tools = frozenset(kinds) | facts.responses_tools
        self._documented = facts.known and RESPONSES in facts.endpoints
        self._custom = {_custom_name(tool) for tool in bound if tool.get("type") == "custom"}

    def item(self, kind: str) -> bool:
        """Return whether items of a kind may be sent."""
        return not self._documented or is_documented(kind, self._tools)

    @property
    def plain_calls(self) -> bool:
        """Whether every call and every result is sent as the item of a function."""
        return not self._custom and self.item("function_call") and self.item("function_call_output")

    def is_custom(self, name: str) -> bool:
        """Return whether calls of a tool are free text here."""
        return name in self._custom


def _custom_name(tool: Mapping[str, Any]) -> str:
    inner = tool.get("custom")
    return str((inner if isinstance(inner, Mapping) else tool).get("name") or "")


def assistant_items(place: Place, takes: AcceptedItems) -> list[Item]:
    """Return the items of an earlier answer.

    Raises:
        UnsupportedContentError: It holds media that no model made.
    """
    content = place.message.content
    parts = [] if isinstance(content, str) else parts_of(place)
    calls = tool_uses(place, parts)
    turn = _Turn(place, takes)
    if isinstance(content, str):
        turn.add_text(content or str(place.message.additional_kwargs.get("refusal") or ""))
    else:
        for index, (block, part) in enumerate(zip(content, parts, strict=True)):
            if isinstance(part, ToolUse):
                call = take_call(calls, part)
                if call is not None:
                    turn.call(call)
            else:
                turn.add(index, {} if isinstance(block, str) else block, part)
    for call in calls:
        turn.call(call)
    return turn.close()


def call_item(place: Place, call: ToolUse, takes: AcceptedItems) -> Item:
    """Return the item of a call; as text where the model documents no functions."""
    args: Any = call.args
    arguments = arguments_text(place, call)
    call_id = takes.call_ids.id_of_call(str(call.id))
    if takes.is_custom(call.name):
        text = args.get("input", args.get("arguments"))
        return {
            "type": "custom_tool_call",
            "call_id": call_id,
            "name": call.name,
            "input": text if isinstance(text, str) else arguments,
        }
    if not takes.item("function_call"):
        return {"role": "assistant", "content": f"(called {call.name} with {arguments})"}
    return {
        "type": "function_call",
        "call_id": call_id,
        "name": call.name,
        "arguments": arguments,
    }


class _Turn:
    """One earlier answer while it is written."""

    def __init__(self, place: Place, takes: AcceptedItems) -> None:
        self._place = place
        self._takes = takes
        self._is_from_this_endpoint = _is_from_this_endpoint(place.message, takes.model)
        self._made_elsewhere = not self._is_from_this_endpoint and _maker(place.message) is not None
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

    def call(self, call: ToolUse) -> None:
        """Add a call."""
        self._end()
        self._items.append(call_item(self._place, call, self._takes))

    def add(self, index: int, block: Mapping[str, Any], part: Part) -> None:
        """Add a block of the content."""
        kind = block.get("type")
        if kind == "reasoning":
            self._think(block)
        elif kind == "server_tool_call":
            self._server_call(block)
        elif kind == "server_tool_result":
            self._server_result(block)
        elif isinstance(part, Text):
            self._text(block, part)
        elif isinstance(part, Audio) and (part.transcript or part.is_silent):
            self.add_text(part.transcript or "")
        elif isinstance(part, (Image, File, Audio, Video)):
            self._media(index, block, part)
        elif isinstance(part, ToolResult):
            raise unsupported(self._place, index, part, frozenset({"text"}))
        elif isinstance(part, Raw) and (part.verbatim or is_item(str(kind))):
            self._keep({key: part.value[key] for key in part.value if key != "index"})

    def close(self) -> list[Item]:
        """Return the items."""
        self._thoughts = []  # of an answer that was cut off: reasoning has to lead to something
        self._end()
        return [item for item in self._items if item]

    # --- blocks ---
    def _think(self, block: Mapping[str, Any]) -> None:
        known = is_service_id(REASONING, block.get("id"))
        if self._made_elsewhere or not self._takes.reasoning or not known:
            return
        if "summary" in block:  # the item itself
            self._keep({name: value for name, value in block.items() if name != "index"})
            return
        if self._thoughts and self._thoughts[0].get("id") == block["id"]:
            self._thoughts.append(block)
            return
        extras = block.get("extras")
        sealed = isinstance(extras, Mapping) and extras.get("encrypted_content")
        # Without the sealed text the service would look the id up in what it has not stored.
        stored = self._takes.stored and is_stored(self._place.message.response_metadata)
        if sealed or stored:
            self._end()
            self._thoughts = [block]

    def _text(self, block: Mapping[str, Any], part: Text) -> None:
        id_ = block.get("id")
        if not self._is_from_this_endpoint or not is_service_id("message", id_):
            self.add_text(part.text)
            return
        if self._message is None or self._message["id"] != id_:
            self._end()
            extras = block.get("extras")
            self._message = {
                "type": "message",
                "id": id_,
                "status": "completed",
                "role": "assistant",
                "content": [],
                **(extras if isinstance(extras, Mapping) else {}),
            }
            self._items.append(self._message)
        self._message["content"].append(_text_part(block, part.text))

    def _server_call(self, block: Mapping[str, Any]) -> None:
        known = is_service_id("server_tool_call", block.get("id"))
        item = server_item(block, None) if known and not self._made_elsewhere else None
        if item is not None and not self._takes.item(item["type"]):
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
            self._keep(item)
            return
        refusal = unsupported(self._place, index, part, frozenset({"text"}))
        if _maker(self._place.message) is None:
            raise refusal
        warn(f"{refusal} It is left out.")

    def _keep(self, item: Item) -> None:
        """Add an item as it came, if the model documents such items."""
        kind = str(item.get("type"))
        if self._made_elsewhere:
            return
        if not self._takes.item(kind):
            self._thoughts = []
        elif kind != REASONING or self._takes.reasoning:
            if "id" in item and not is_service_id(kind, item["id"]):
                item = {name: value for name, value in item.items() if name != "id"}
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
    found = block.get("annotations")
    cited = [_url_citation(one) for one in found or () if isinstance(one, Mapping)]
    return {"type": "output_text", "text": text, "annotations": [one for one in cited if one]}


def _url_citation(cited: Mapping[str, Any]) -> Item | None:
    """Return the one kind of annotation that is taken back, if it is whole."""
    citation: Item = {**cited, "type": "url_citation"}
    if str(cited.get("type")) not in {"citation", "url_citation"}:
        return None
    if not all(citation.get(name) is not None for name in _CITATION):
        return None
    return {name: citation[name] for name in _CITATION}


def _maker(message: BaseMessage) -> Any:
    return message.response_metadata.get("model_provider")


def _is_from_this_endpoint(message: BaseMessage, model: str) -> bool:
    """Return whether a message is an answer of this endpoint, or written as if it were one.

    Reasoning that Grok sealed means nothing to OpenAI's models, and the other way round.
    """
    metadata = message.response_metadata
    if _maker(message) is None:
        return True
    ours = _maker(message) == PROVIDER and metadata.get("endpoint") == RESPONSES
    served = str(metadata.get("model_name") or model)
    return ours and ("grok" in served.lower()) == ("grok" in model.lower())
