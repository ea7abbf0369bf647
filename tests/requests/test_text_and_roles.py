"""Roles and text: who says what, in the words of each request schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sent
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from sent import Json, answer, answer_back, call, called, result, says, text, turns, user

from langchain_aimlapi.errors import UnsupportedContentError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

NO_SYSTEM = "google/gemma-3-4b-it"
"""Its documents have no role for instructions, and none for tools."""
STRINGS_ONLY = "nvidia/nemotron-3-ultra-550b-a55b"
CAPTIONER = "alibaba/qwen3-omni-30b-a3b-captioner"
DEVELOPER = SystemMessage("Be.", additional_kwargs={"__openai_role__": "developer"})
LONG = [
    SystemMessage("Be brief."),
    HumanMessage("Hi"),
    AIMessage("Hello."),
    SystemMessage("Be kind."),
    SystemMessage("Be calm."),
    HumanMessage("More."),
]


# --- chat/completions
ROLES: list[tuple[BaseMessage, Json]] = [
    (HumanMessage("Hi"), says("user", "Hi")),
    (HumanMessage("Hi", name="Ann"), says("user", "Hi", name="Ann")),
    (SystemMessage("Be."), says("system", "Be.")),
    (
        SystemMessage([text("Be.", cache_control=sent.MARK)]),
        says("system", [text("Be.", cache_control=sent.MARK)]),
    ),
    (DEVELOPER, says("developer", "Be.")),
    (ChatMessage("Be.", role="developer"), says("developer", "Be.")),
    (ChatMessage("Hi", role="human"), says("user", "Hi")),
    (ChatMessage("Hi", role="ai"), says("assistant", "Hi")),
    (ChatMessage("Hi", role="critic"), says("critic", "Hi")),
    (AIMessage("Hi", name="bot"), says("assistant", "Hi", name="bot")),
    (answer(text("a"), "b", text("c")), says("assistant", "abc")),
    (
        answer(text("a"), text("b", cache_control=sent.MARK)),
        says("assistant", [text("a"), text("b", cache_control=sent.MARK)]),
    ),
    (
        ToolMessage("3", tool_call_id="c1", name="add"),
        {"role": "tool", "tool_call_id": "c1", "content": "3"},
    ),
    (FunctionMessage("3", name="add"), {"role": "function", "name": "add", "content": "3"}),
    (user(), says("user", "")),
    (user(text("Hi"), "there"), says("user", [text("Hi"), text("there")])),
]


def test_each_message_has_its_role_on_chat_completions() -> None:
    for message, turn in ROLES:
        assert turns(sent.UNKNOWN, message) == [turn], message


def test_developer_is_system_where_only_system_is_documented() -> None:
    turn = says("system", "Be.")
    assert turns("MiniMax-Text-01", DEVELOPER, "Hi")[0] == turn
    assert turns(sent.GPT, DEVELOPER, "Hi")[0] == {**turn, "role": "developer"}


def test_instructions_lead_the_next_user_turn_where_no_role_is_theirs() -> None:
    first, _, last = turns(NO_SYSTEM, *LONG)
    assert first == says("user", "Be brief.\n\nHi")
    assert last == says("user", "Be kind.\n\nBe calm.\n\nMore.")
    blocks = turns(NO_SYSTEM, SystemMessage([text("a"), "b"]), user(text("Hi"), sent.IMAGE))
    assert blocks == [says("user", [text("a\nb"), text("Hi"), sent.IMAGE_URL])]
    assert turns(NO_SYSTEM, SystemMessage("a"), HumanMessage("")) == [says("user", "a")]
    two = turns(NO_SYSTEM, "Hi", SystemMessage("a"), SystemMessage("b"))
    assert two[1] == says("user", "a\n\nb")


@pytest.mark.filterwarnings("ignore:google/gemma-3-4b-it documents no tools")
def test_instructions_do_not_lead_what_a_tool_returned() -> None:
    messages = [SystemMessage("Be brief."), called(), result([sent.IMAGE]), HumanMessage("Well?")]
    tool = {"type": "function", "function": {"name": "f"}}
    found = turns(NO_SYSTEM, *messages, tools=[tool])
    assert [turn["content"] for turn in found if turn["role"] == "user"] == [
        [text("Returned by the tool call c:"), sent.IMAGE_URL],
        "Be brief.\n\nWell?",
    ]


def test_a_tool_turn_needs_the_role_or_tools_of_the_call() -> None:
    with pytest.raises(UnsupportedContentError, match="its documented roles are assistant, user"):
        sent.body(NO_SYSTEM, "Hi", result("3"))
    tool = {"type": "function", "function": {"name": "f"}}
    with pytest.warns(UserWarning, match="documents no tools"):
        assert turns(NO_SYSTEM, "Hi", result("3"), tools=[tool])[1]["role"] == "tool"


def test_text_blocks_are_one_string_where_only_strings_are_taken() -> None:
    blocks = [text("a"), "b"]
    assert turns(STRINGS_ONLY, SystemMessage(blocks), user(*blocks), answer(*blocks)) == [
        says("system", "a\nb"),
        says("user", "a\nb"),
        says("assistant", "ab"),
    ]
    marked = answer(text("a", cache_control=sent.MARK))
    assert answer_back("chatgpt-4o-latest", marked)[0]["content"] == "a"
    tool = {"type": "tool_result", "tool_use_id": "c", "content": "r"}
    asked = turns(STRINGS_ONLY, called(), user(tool, text("a")))
    assert [turn["content"] for turn in asked] == ["", "r", "a"]
    with pytest.raises(UnsupportedContentError, match=r"takes no image\. Accepted: text"):
        turns(STRINGS_ONLY, user(text("a"), sent.IMAGE))


def test_text_is_left_out_with_a_warning_where_only_recordings_are_taken() -> None:
    sound = {"type": "input_audio", "input_audio": {"data": sent.WAV, "format": "wav"}}
    said = r"message 0 .*takes no text\. Accepted: input_audio\. It is left out"
    with pytest.warns(UserWarning, match=said):
        found = turns(CAPTIONER, user(text("Caption it"), {"type": "audio", "base64": sent.WAV}))
    assert found == [says("user", [sound])]
    for messages in (["Hi"], [SystemMessage("Hi"), user({"type": "audio", "base64": sent.WAV})]):
        with pytest.raises(UnsupportedContentError, match=r"no text\. Accepted: input_audio"):
            sent.body(CAPTIONER, *messages)


def test_a_role_of_ones_own_is_refused_where_roles_are_documented() -> None:
    critic = ChatMessage(role="critic", content="No.")
    assert turns(sent.UNKNOWN, critic) == [says("critic", "No.")]
    with pytest.raises(UnsupportedContentError, match="its documented roles are assistant"):
        turns(sent.GPT, critic)


@pytest.mark.filterwarnings("ignore:openai/gpt-5-pro is not documented on the endpoint chat")
def test_no_role_is_refused_where_a_model_documents_none() -> None:
    told = [DEVELOPER, SystemMessage("Be."), user("Hi"), answer("Hello."), user("And?")]
    found = turns("openai/gpt-5-pro", *told, endpoint="chat/completions")
    assert [turn["role"] for turn in found] == [
        *("developer", "system", "user", "assistant", "user"),
    ]


def test_a_result_in_instructions_is_not_lost() -> None:
    told = SystemMessage([text("Be."), {"type": "tool_result", "tool_use_id": "c", "content": "r"}])
    found = turns("chat", called(), told)
    assert [(turn["role"], turn["content"]) for turn in found[1:]] == [
        ("tool", "r"),
        ("system", [text("Be.")]),
    ]
    for route in ("claude", "messages", NO_SYSTEM):
        with pytest.raises(UnsupportedContentError, match="tool result"):
            sent.body(route, told, "Hi")


# --- Claude
def test_instructions_to_claude_are_one_system_prompt() -> None:
    body = sent.body(
        "claude", *LONG[:-1], SystemMessage([text("So."), text(" ")]), DEVELOPER, "More."
    )
    assert body["system"] == "Be brief.\n\nBe kind.\n\nBe calm.\n\nSo.\n\nBe."
    said = [says("user", "Hi"), says("assistant", "Hello."), says("user", "More.")]
    assert body["messages"] == said


def test_a_system_prompt_of_claude_is_text() -> None:
    assert "system" not in sent.body("claude", SystemMessage(" "), "Hi")
    file = {"type": "text-plain", "text": "Rules.", "cache_control": sent.MARK}
    system = sent.body("claude", SystemMessage([file]), SystemMessage("Be."), "Hi")["system"]
    assert system == [text("Rules.", cache_control=sent.MARK), text("Be.")]
    with pytest.raises(UnsupportedContentError, match=r"block 0 \(image\) of message 0 \(System"):
        sent.body("claude", SystemMessage([sent.IMAGE]))


def test_instructions_alone_are_a_turn_of_the_user() -> None:
    for route in ("claude", "messages"):
        body = sent.body(route, SystemMessage("Tell a joke."))
        assert body["messages"] == [says("user", "Tell a joke.")]
        assert "system" not in body
    marked = text("Tell a joke.", cache_control=sent.MARK)
    assert turns("messages", SystemMessage([marked])) == [says("user", [marked])]
    assert turns(NO_SYSTEM, SystemMessage("a"))[0]["role"] == "user"


def test_consecutive_turns_of_one_speaker_are_merged_for_claude() -> None:
    asked = [HumanMessage("a", name="Ann"), user(text("b"))]  # this schema has no names
    said = [AIMessage("c"), AIMessage("d")]
    assert turns("claude", *asked, *said, ChatMessage("e", role="user")) == [
        says("user", [text("a"), text("b")]),
        says("assistant", [text("c"), text("d")]),
        says("user", "e"),
    ]


def test_blank_turns_are_not_sent_to_claude() -> None:
    blanks: list[Any] = ["", " \n", [], [text("")], [text(" ")]]
    for blank in blanks:
        for message in (AIMessage(blank), HumanMessage(blank)):
            (turn,) = turns("claude", "Hi", message, user(text(""), text("More"), text("\n")))
            assert turn["content"] == [text("Hi"), text("More")]


def test_more_texts_than_an_older_claude_documents_are_joined() -> None:
    messages = [HumanMessage(str(n)) for n in range(6)]
    joined = text("0\n\n1\n\n2\n\n3\n\n4\n\n5")
    assert turns("claude", *messages) == [says("user", [joined])]
    assert len(turns("claude", *messages[1:])[0]["content"]) == 5
    assert len(turns(sent.NEW_CLAUDE, *messages)[0]["content"]) == 6
    marked = text("6", cache_control=sent.MARK)
    content = turns("claude", user(*(text(str(n)) for n in range(6)), marked))[0]["content"]
    assert content == [joined, marked]


@pytest.mark.parametrize("route", ["claude", "messages"])
def test_the_start_of_an_answer_has_no_blanks_at_its_end(route: str) -> None:
    assert turns(route, "Hi", AIMessage("It is \n "))[-1]["content"] == "It is"
    blocks = turns(route, "Hi", answer(text("a "), text("b ")))[-1]["content"]
    assert blocks == [text("a "), text("b")]
    last = turns(route, "Hi", called(content="It is "))[-1]["content"]
    assert [block["type"] for block in last] == ["text", "tool_use"]
    assert last[0] == text("It is ")
    assert answer_back(route, AIMessage("Yes. "))[0]["content"] == "Yes. "


# --- /responses
def words(*given: str) -> list[Json]:
    return [{"type": "input_text", "text": each} for each in given]


APPROVAL = {"type": "mcp_approval_response", "approve": True}
ITEMS: list[tuple[list[BaseMessage], list[Json]]] = [
    (
        [SystemMessage("a"), HumanMessage("b", name="ada"), AIMessage("c"), HumanMessage("d")],
        [says("system", "a"), says("user", "b"), says("assistant", "c"), says("user", "d")],
    ),
    ([DEVELOPER], [says("developer", "Be.")]),
    ([user(text("a"), "b")], [says("user", words("a", "b"))]),
    ([user()], [says("user", "")]),
    (
        [HumanMessage("a"), AIMessage(""), answer(text(""), text("b"), "c"), HumanMessage("d")],
        [says("user", "a"), says("assistant", "bc"), says("user", "d")],
    ),
    ([user(APPROVAL, text("and"))], [APPROVAL, says("user", words("and"))]),
    ([user({"type": "item_reference", "id": "1"})], [{"type": "item_reference", "id": "1"}]),
]


def test_turns_are_items_on_responses() -> None:
    for messages, items in ITEMS:
        assert turns("responses", *messages) == items, messages


# --- everywhere
REFUSED = {
    **dict.fromkeys(sent.ROUTES, says("assistant", "No.")),
    "chatgpt-4o-latest": says("assistant", "No."),  # documents no such field
    "chat": says("assistant", "", refusal="No."),
}


@pytest.mark.parametrize(("route", "turn"), REFUSED.items())
def test_a_refusal_goes_back(route: str, turn: Json) -> None:
    kwargs = {"refusal": "No."}
    assert answer_back(route, AIMessage("", additional_kwargs=kwargs)) == [turn]
    assert answer_back(route, AIMessage("No.", additional_kwargs=kwargs)) == [turn]
    standard = {"type": "non_standard", "value": {"type": "refusal", "refusal": "No."}}
    (found,) = answer_back(route, answer(standard, additional_kwargs=kwargs))
    assert found.get("refusal") == turn.get("refusal")
    assert found["content"] in (turn["content"], [text("No.")])
    (beside,) = answer_back(route, AIMessage("a", additional_kwargs=kwargs))
    assert beside == says("assistant", "a")


@pytest.mark.parametrize("route", sent.ROUTES)
def test_the_transcript_stands_for_a_spoken_answer(route: str) -> None:
    spoken = {"type": "audio", "base64": sent.WAV, "transcript": "Hello"}
    assert answer_back(route, answer(spoken))[0]["content"] in ("Hello", [text("Hello")])
    silent = answer("4", {"type": "audio", "id": "a", "extras": {"expires_at": 0}})
    assert answer_back(route, silent)[0]["content"] in ("4", [text("4")])


@pytest.mark.parametrize("route", ["chat", "responses"])
def test_an_image_that_a_model_made_is_left_out_with_a_warning(route: str) -> None:
    made = answer("Look:", sent.IMAGE, response_metadata={"model_provider": "aimlapi"})
    with pytest.warns(UserWarning, match=r"Show it .* in a user turn\. It is left out"):
        back = answer_back(route, made)
    assert back == [says("assistant", "Look:")]
    with pytest.raises(UnsupportedContentError, match="Show it to the model in a user turn"):
        answer_back(route, answer("Look:", sent.IMAGE))


@pytest.mark.parametrize("route", sent.ROUTES)
def test_messages_are_not_changed(route: str) -> None:
    marked = text("Hi", cache_control=sent.MARK)
    called_ = called(call("c1", a=1), content=[marked])
    messages = [SystemMessage("Be."), user(marked, {**sent.IMAGE}), called_, result([marked], "c1")]
    before = [message.model_copy(deep=True) for message in messages]
    sent.body(route, *messages)
    assert messages == before


def test_what_a_user_wraps_is_sent_as_it_is() -> None:
    own = {"type": "own", "url": sent.URL}
    wrapped = {"type": "non_standard", "value": own}
    for route in (*sent.ROUTES, sent.UNKNOWN):
        assert turns(route, user("?", wrapped))[0]["content"][1] == own
    assert answer_back("chat", answer(wrapped, text("a")))[0]["content"] == [own, text("a")]
