"""What users write, for type checkers: what a chain gives for each kind of schema."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from typing_extensions import TypedDict, assert_type

from langchain_aimlapi import ChatAIMLAPI  # noqa: TC001  # as users import it


class Person(BaseModel):
    """A person."""

    name: str


class PersonDict(TypedDict):
    """A person."""

    name: str


def search(query: str) -> str:
    """Search."""
    return query


async def use(model: ChatAIMLAPI, *, raw: bool) -> None:
    """Ask in each way."""
    person = model.with_structured_output(Person)
    assert_type(person.invoke("Who?"), Person)
    assert_type(await person.ainvoke("Who?"), Person)
    for each in person.stream("Who?"):
        assert_type(each, Person)
    assert_type(model.with_structured_output(Person, method="json_mode").invoke("Who?"), Person)
    assert_type(
        model.with_structured_output(Person, strict=True, temperature=0).invoke("Who?"), Person
    )
    with_raw = model.with_structured_output(Person, include_raw=True)
    assert_type(with_raw.invoke("Who?"), dict[str, Any])
    assert_type(
        model.with_structured_output(PersonDict, include_raw=True).invoke("Who?"), dict[str, Any]
    )
    # What nobody knows before it comes.
    either = model.with_structured_output(Person, tools=[search]).invoke("Who?")
    assert_type(either, dict[str, Any] | BaseModel)
    assert_type(
        model.with_structured_output(Person, include_raw=raw).invoke("Who?"),
        dict[str, Any] | BaseModel,
    )
    assert_type(
        model.with_structured_output({"title": "Person"}).invoke("Who?"), dict[str, Any] | BaseModel
    )
