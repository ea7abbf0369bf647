"""What fields are for: LangChain's own, which it describes in comments only, and all in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import WithJsonSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

_INHERITED = {
    "name": "Name of the model in traces.",
    "cache": "Whether, or in which cache, answers are kept; None takes LangChain's global one.",
    "verbose": "Whether answers are printed.",
    "callbacks": "Callbacks that are called for each call.",
    "tags": "Tags of the model's traces.",
    "metadata": "Metadata of the model's traces.",
    "custom_get_token_ids": "Splits a text into tokens, where an estimate will not do.",
    "rate_limiter": "Limits how many calls begin per second.",
    "disable_streaming": (
        'Whether `stream` asks for whole answers: True, False, or `"tool_calling"`: if tools are '
        "given."
    ),
    "output_version": (
        'Form of `content` in answers: `"v1"` for LangChain\'s standard blocks (environment '
        "`LC_OUTPUT_VERSION`)."
    ),
    "profile": (
        "What the model can do and how much it takes: looked up by the model id, unless it is set."
    ),
}

_NO_JSON = ("custom_get_token_ids", "rate_limiter")
"""Fields that hold a function or an object: JSON can only leave them out."""


def describe_inherited(fields: Mapping[str, FieldInfo]) -> None:
    """Describe LangChain's fields among `fields`, so that editors and JSON schemas show it."""
    for name, text in _INHERITED.items():
        fields[name].description = text
    for name in _NO_JSON:
        fields[name].metadata.append(WithJsonSchema({"type": "null"}))


def described(fields: Mapping[str, FieldInfo]) -> str:
    """Return what each field is for, one a line, for a docstring."""
    return "\n".join(f"    {name}: {field.description}" for name, field in fields.items())
