"""Write the packaged facts: from documented facts, or again with what the live catalogue says."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_aimlapi.catalogue import list_models
from langchain_aimlapi.errors import AIMLAPIError

from . import generate

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.facts", description=__doc__)
    parser.add_argument("--output", type=Path, default=generate.TABLES, help="%(default)s")
    commands = parser.add_subparsers(required=True)
    write = commands.add_parser("write", help="from a JSON file: one object of facts per model id")
    write.add_argument("facts", type=Path)
    write.add_argument("--spellings", type=Path, help="JSON object: other spelling of an id, id")
    write.add_argument("--retirements", type=Path, help="JSON object: row of the feed per model id")
    write.set_defaults(command=_write)
    refresh = commands.add_parser("refresh", help="again, with what the live catalogue says")
    refresh.add_argument("--base-url", help="of another server than the service")
    refresh.set_defaults(command=_refresh)
    options = parser.parse_args(arguments)
    return int(options.command(options))


def _write(options: argparse.Namespace) -> int:
    facts, spellings = _object(options.facts), _object(options.spellings)
    facts = generate.with_retirements(facts, _object(options.retirements))
    generate.write(generate.render(facts, spellings), options.output)
    return 0


def _object(path: Path | None) -> Any:
    return {} if path is None else json.loads(path.read_text(encoding="utf-8"))


def _refresh(options: argparse.Namespace) -> int:
    try:
        models = list_models(base_url=options.base_url)
    except AIMLAPIError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not models:  # every model would count as retired
        sys.stderr.write("The catalogue lists no models: nothing was written.\n")
        return 1
    facts, spellings = generate.packaged(options.output)
    merged, changes = generate.merged(facts, models)
    generate.write(generate.render(merged, spellings), options.output)
    for what, names in changes.items():
        listed = f": {', '.join(names)}" if names else ""
        sys.stdout.write(f"{len(names)} {what}{listed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
