"""What the emulated model says: text, reasoning and tool calls, from the request alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import habits
from .arguments import any_object, arguments_for, instance_of, key_words, subject_of
from .conversation import Ask, Call, Tool
from .ids import call_id
from .usage import tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Answer:
    """One answer, before it takes the form of a vendor."""

    text: str = ""
    reasoning: str = ""
    calls: list[Call] = field(default_factory=list)
    finish: str = "stop"
    """In OpenAI's words: `stop`, `length`, `tool_calls`."""
    stopped_by: str | None = None
    links: list[tuple[str, str]] = field(default_factory=list)
    """Title and URL of what was found in a search."""


def answer(ask: Ask) -> Answer:
    """Return the answer to a request."""
    made = Answer(calls=_calls(ask))
    if made.calls:
        made.finish = "tool_calls"
    elif ask.format is not None:
        made.text = _structured(ask)
    else:
        made.text = _say(ask)
    if ask.searches and not made.calls:
        made.links = links_of(ask)
        if ask.format is None:
            made.text += " [1][2]"
    if ask.thinks or ask.model.reasoning == "hidden":
        made.reasoning = _reasoning(ask, made)
    _cut(ask, made)
    return made


def _reasoning(ask: Ask, made: Answer) -> str:
    words = " ".join(ask.prompt.split()[:12])
    if made.calls:
        plan = f"I should call {', '.join(call.name for call in made.calls)}."
    else:
        plan = "I can answer that in a few words."
    return f'The user says "{words}". {plan}'


def _cut(ask: Ask, made: Answer) -> None:
    """Apply stop sequences, then the limit of tokens, to the text."""
    if made.calls:
        return
    places = {s: made.text.find(s) for s in ask.stop if s and s in made.text}
    if places:
        made.stopped_by = min(places, key=lambda s: places[s])
        made.text = made.text[: places[made.stopped_by]]
    limit = ask.max_tokens
    if limit is None or tokens_of(made.reasoning) + tokens_of(made.text) <= limit:
        return
    # Reasoning counts too, and comes first; half of the limit is left for the answer.
    made.reasoning = made.reasoning[: max(int(limit) // 2, 0) * 4]
    rest = max(int(limit) - tokens_of(made.reasoning), 1)
    made.text = made.text[: rest * 4]
    made.finish, made.stopped_by = "length", None


# --- tools ---

_USES_A_TOOL = re.compile(r"\b(?:use|using|call|with)\s+(?:the|a|your)?\s*tools?\b", re.IGNORECASE)


def _calls(ask: Ask) -> list[Call]:
    wanted = _wanted(ask)
    calls: list[Call] = []
    for tool, prompt in wanted if ask.parallel else wanted[:1]:
        generous = ask.choice not in {"auto", "none"}
        arguments = arguments_for(tool.name, tool.schema, prompt, generous=generous)
        made = call_id(ask.model.style, ask.digest, len(calls))
        name = habits.call_id(made, ask.model, thought=ask.thinks)
        calls.append(Call(name, tool.name, arguments))
    return calls


def _wanted(ask: Ask) -> list[tuple[Tool, str]]:
    """Return the tools to call, each with the part of the prompt that it is called for."""
    if not ask.tools or ask.choice == "none":
        return []
    prompt = ask.prompt
    if ask.choice.startswith("tool:"):
        named = [tool for tool in ask.tools if f"tool:{tool.name}" == ask.choice]
        return [(tool, _with_results(ask)) for tool in named[:1]]
    fresh = [tool for tool in ask.tools if tool.name not in ask.called]
    asked_for = [tool for tool in fresh if _asks_for(prompt, tool)]
    if not asked_for and fresh and not ask.called and _USES_A_TOOL.search(prompt):
        asked_for = fresh[:1]
    if ask.choice == "required" and not asked_for:
        return [((fresh or ask.tools)[0], _with_results(ask))]
    # A tool that failed is not tried again, and no other in its place: the user gets the error.
    if ask.choice == "auto" and any(result.failed for result in ask.results):
        return []
    return [(tool, prompt) for tool in asked_for]


def _asks_for(prompt: str, tool: Tool) -> bool:
    """Return whether a prompt asks for a tool: by name, or by what the tool is about."""
    if re.search(rf"(?<!\w){re.escape(tool.name)}(?!\w)", prompt):
        return True
    prompt_words = key_words(prompt)
    if key_words(tool.name) & prompt_words:
        return True
    return len(key_words(tool.description) & prompt_words) > 1


def _with_results(ask: Ask) -> str:
    """Return the prompt and what tools found out, which structured answers are made from."""
    return " ".join([ask.prompt, *(result.text for result in ask.results)])


# --- text ---


def _structured(ask: Ask) -> str:
    prompt = _with_results(ask)
    value = instance_of(ask.format, prompt) if ask.format else any_object(prompt)
    return json.dumps(value, ensure_ascii=False)


def _say(ask: Ask) -> str:
    sentences = []
    # What was attached to a question that tools have answered since is no news any more.
    is_new = ask.last == len(ask.turns) - 1 or not ask.results
    attachments = [str(a) for a in ask.turns[ask.last].attachments]
    if attachments and is_new:
        sentences.append(f"I see {_listed(attachments)}.")
    for result in ask.results:
        seen = [str(a) for a in result.attachments]
        shown = " ".join(filter(None, [result.text, f"({_listed(seen)})" if seen else ""]))
        word = "failed" if result.failed else "answered"
        sentences.append(f"The tool {result.name} {word}: {shown or 'nothing'}")
    return " ".join(sentences) if sentences else _reply(ask)


def _listed(items: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))


def _reply(ask: Ask) -> str:
    return next(text for reply in _REPLIES if (text := reply(ask)) is not None)


def _said_exactly(ask: Ask) -> str | None:
    match = re.search(
        r"\b(?:say|repeat|reply with|answer with|respond with)\b[^'\"]*['\"](.+)['\"]",
        ask.prompt,
        re.IGNORECASE | re.DOTALL,
    )
    return match[1] if match else None


def _sum(ask: Ask) -> str | None:
    match = re.search(r"(-?\d+) ?([-+*x]) ?(-?\d+)", ask.prompt)
    if match is None:
        return None
    a, sign, b = int(match[1]), match[2], int(match[3])
    return f"{a} {sign} {b} = {a + b if sign == '+' else a - b if sign == '-' else a * b}."


def _greeting(ask: Ask) -> str | None:
    words = ask.prompt.split()
    if len(words) > 3 or not re.match(r"(?:hello|hi|hey)\b", ask.prompt, re.IGNORECASE):
        return None
    return "Hello! How are you doing today? Is there anything I can help you with?"


def _haikus(ask: Ask) -> str | None:
    if "haiku" not in ask.prompt.lower():
        return None
    return (
        "An old silent pond,\nthe tests run green one by one;\na frog jumps. Hello.\n\n"
        "Tokens fall like snow,\neach in its own little chunk,\nuntil the stream ends."
    )


def _story(ask: Ask) -> str | None:
    if "story" not in ask.prompt.lower():
        return None
    hero = subject_of(ask.prompt)
    return (
        f"Once upon a time there was {hero}, in a house at the edge of a small town. Every "
        "morning the sun came in through the kitchen window, and every morning there was a new "
        "smell to follow: bread, rain, the neighbour's roses. One day a door that had always been "
        "shut stood open. Behind it a staircase led down to a garden that nobody had drawn on any "
        "map. There were lanterns in the trees and a pond that was as round as the moon.\n\nNobody "
        f"knows how long the visit lasted. When evening came, {hero} was back on the window sill, "
        "with a leaf from no known tree, looking as if nothing at all had happened. And if you "
        "pass the house today, you may see the leaf still, green all winter. The end."
    )


def _joke(ask: Ask) -> str | None:
    if "joke" not in ask.prompt.lower():
        return None
    who = subject_of(ask.prompt).removesuffix("s")
    return f"Why did the {who} sit on the computer? To keep an eye on the mouse!"


def _otherwise(ask: Ask) -> str:
    about = subject_of(ask.prompt)
    words = ask.prompt.split()
    echo = " ".join(words[:12]) + (" ..." if len(words) > 12 else "")
    if ask.prompt.rstrip().endswith("?"):
        return (
            f'You ask: "{echo}" That is a good question. There is more than one side to {about}, '
            "and what matters most depends on what you want to do with the answer."
        )
    return (
        f'You said: "{echo}" I have read it with care. What would you like to know about {about}?'
    )


_REPLIES: tuple[Callable[[Ask], str | None], ...] = (
    _said_exactly,
    _sum,
    _greeting,
    _haikus,
    _story,
    _joke,
    _otherwise,
)


def links_of(ask: Ask) -> list[tuple[str, str]]:
    """Return title and URL of what a search finds."""
    about = subject_of(ask.prompt)
    slug = re.sub(r"\W+", "-", about.lower()).strip("-") or "start"
    return [
        (f"{about} - an encyclopedia", f"https://encyclopedia.example/{slug}"),
        (f"News about {about}", f"https://news.example/{slug}"),
    ]
