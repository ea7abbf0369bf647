"""Writes `reference/fields.md`: every field of the constructors, with type, default and meaning."""

import re
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from langchain_aimlapi import AIMLAPIEmbeddings, ChatAIMLAPI


def type_of(field: FieldInfo) -> str:
    """Return the type as a reader would write it, without modules."""
    annotation = field.annotation
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    plain = re.sub(r"\b(?:\w+\.)+(?=\w)", "", text).replace("NoneType", "None")
    return f"<code>{plain.replace('|', '&#124;')}</code>"  # a bar would end the cell


def default_of(field: FieldInfo) -> str:
    """Return the default; a factory counts as what it makes, unless the environment decides."""
    if field.is_required():
        return "required"
    if field.default_factory in (dict, list):
        return "empty"
    return "see meaning" if field.default_factory else f"`{field.default!r}`"


def table(model: type[BaseModel]) -> str:
    """Return the fields that have a meaning of their own; LangChain describes the others."""
    rows = []
    for name, field in model.model_fields.items():
        if field.description:
            meaning = " ".join(field.description.split())
            rows.append(f"| `{name}` | {type_of(field)} | {default_of(field)} | {meaning} |")
    return "\n".join(["| field | type | default | meaning |", "|---|---|---|---|", *rows])


def main() -> None:
    """Write the page."""
    page = (
        "# Fields of the constructors\n\n"
        "A field is only sent if you set it. The arguments of a call override the fields.\n"
    )
    for model in (ChatAIMLAPI, AIMLAPIEmbeddings):
        page += f"\n## {model.__name__}\n\n{table(model)}\n"
    (Path(__file__).parent / "reference" / "fields.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
