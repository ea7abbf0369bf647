"""What the emulated model says: text, reasoning and tool calls, from the request alone."""

from __future__ import annotations

import json
import operator
import re
from dataclasses import dataclass, field
from typing import Any

from . import habits, usage
from .arguments import any_object, arguments_for, instance_of, key_words, subject_of
from .conversation import Ask, Call, Tool
from .ids import call_id
from .usage import tokens_of

Json = dict[str, Any]


@dataclass
class Answer:
    """What is asked and what is answered, before it takes the form of an endpoint."""

    ask: Ask
    text: str = ""
    reasoning: str = ""
    calls: list[Call] = field(default_factory=list)
    finish: str = "stop"
    """In OpenAI's words: `stop`, `length`, `tool_calls`."""
    stopped_by: str | None = None
    links: list[tuple[str, str]] = field(default_factory=list)
    """Title and URL of what was found in a search."""
    usage: Json = field(default_factory=dict)
    """In the words of chat/completions."""
    meta: Json = field(default_factory=dict)

    @property
    def style(self) -> str:
        return self.ask.model.style

    def cited(self) -> list[Json]:
        """Return what each mark in the text stands for, but those that were cut off."""
        marks = [(self.text.rfind(f"[{n}]"), *link) for n, link in enumerate(self.links, 1)]
        return [
            {"start_index": at, "end_index": at + 3, "title": title, "url": url}
            for at, title, url in marks
            if at >= 0
        ]


def answer(ask: Ask) -> Answer:
    """Return the answer to a request."""
    made = Answer(ask, calls=_calls(ask))
    if made.calls:
        made.finish = "tool_calls"
    elif ask.format is not None:
        made.text = _structured(ask)
    else:
        made.text = _say(ask)
    if not made.calls and _searches(ask):
        made.links = _links(ask)
        if ask.format is None and ask.model.style != "claude":
            made.text += " [1][2]"
    if ask.thinks or ask.model.reasoning == "hidden":
        made.reasoning = _reasoning(ask, made)
    _cut(ask, made)
    made.usage = usage.count(ask, made)
    made.meta = {"usage": usage.cost(ask, made.usage)}
    if chosen := ask.model.routes_to:
        made.meta |= {"model": chosen, "provider": chosen.partition("/")[0]}
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
    attachments = ask.turns[ask.last].attachments
    if attachments and is_new:
        sentences.append(f"I see {_listed(attachments)}.")
    for result in ask.results:
        seen = [f"({_listed(result.attachments)})"] if result.attachments else []
        shown = " ".join(filter(None, [result.text, *seen]))
        word = "failed" if result.failed else "answered"
        sentences.append(f"The tool {result.name} {word}: {shown or 'nothing'}")
    return " ".join(sentences) if sentences else _reply(ask)


def _listed(items: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))


def _reply(ask: Ask) -> str:
    exactly = re.search(
        r"\b(?:say|repeat|reply with|answer with|respond with)\b[^'\"]*['\"](.+)['\"]",
        ask.prompt,
        re.IGNORECASE | re.DOTALL,
    )
    summed = re.search(r"(-?\d+) ?([-+*x]) ?(-?\d+)", ask.prompt)
    if exactly:
        return exactly[1]
    if summed:
        return f"{summed[0]} = {calculated(*summed.groups())}."
    about, words = subject_of(ask.prompt), ask.prompt.split()
    echo = " ".join(words[:12]) + (" ..." if len(words) > 12 else "")
    lower = ask.prompt.lower()
    told = (text for word, text in _TOLD.items() if re.search(word, lower))
    text = next(told, _QUESTIONED if lower.rstrip().endswith("?") else _HEARD)
    return text.format(about=about, one=about.removesuffix("s"), echo=echo)


def calculated(a: str, sign: str, b: str) -> int:
    """Return what a calculation amounts to."""
    return {"+": operator.add, "-": operator.sub}.get(sign, operator.mul)(int(a), int(b))


_QUESTIONED = (
    'You ask: "{echo}" That is a good question. There is more than one side to {about}, '
    "and what matters most depends on what you want to do with the answer."
)
_HEARD = 'You said: "{echo}" I have read it with care. What would you like to know about {about}?'
# What is told where the prompt matches.
_TOLD = {
    r"^(?:hello|hi|hey)\b\S*(?:\s+\S+){0,2}\s*$": (
        "Hello! How are you doing today? Is there anything I can help you with?"
    ),
    "haiku": (
        "An old silent pond,\nthe tests run green one by one;\na frog jumps. Hello.\n\n"
        "Tokens fall like snow,\neach in its own little chunk,\nuntil the stream ends."
    ),
    "story": (
        "Once upon a time there was {about}, in a house at the edge of a small town. Every "
        "morning the sun came in through the kitchen window, and every morning there was a new "
        "smell to follow: bread, rain, the neighbour's roses. One day a door that had always been "
        "shut stood open. Behind it a staircase led down to a garden that nobody had drawn on any "
        "map. There were lanterns in the trees and a pond that was as round as the moon.\n\nNobody "
        "knows how long the visit lasted. When evening came, {about} was back on the window sill, "
        "with a leaf from no known tree, looking as if nothing at all had happened. And if you "
        "pass the house today, you may see the leaf still, green all winter. The end."
    ),
    "joke": "Why did the {one} sit on the computer? To keep an eye on the mouse!",
}


# --- searches ---
_SEARCHES = re.compile(r"\b(?:search|look up|find out|news|latest|today|web)\b", re.IGNORECASE)


def _searches(ask: Ask) -> bool:
    """Some models always search, others where they are asked to, or have a tool for it."""
    if ask.searches or ask.results or ask.choice == "none":
        return ask.searches
    offered = any(t.get("type", "").startswith("web_search") for t in ask.body.get("tools") or ())
    forced = "web_search" in str(ask.body.get("tool_choice"))
    return offered and (forced or bool(_SEARCHES.search(ask.prompt)))


def _links(ask: Ask) -> list[tuple[str, str]]:
    """Return title and URL of what a search finds."""
    about = subject_of(ask.prompt)
    slug = re.sub(r"\W+", "-", about.lower()).strip("-") or "start"
    return [
        (f"{about} - an encyclopedia", f"https://encyclopedia.example/{slug}"),
        (f"News about {about}", f"https://news.example/{slug}"),
    ]
