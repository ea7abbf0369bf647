"""Records cassettes outside of a marked test, as the pytest plugin does inside of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vcr import VCR

# Users record in marked tests; a notebook is none.
from langchain_aimlapi.testing._cassettes import configure


def recording(path: Path | str, **settings: Any) -> Any:
    """Return a context that records every request anew.

    Args:
        path: The file to write.
        **settings: What a project's `vcr_config` may have.
    """
    Path(path).unlink(missing_ok=True)
    return configure(VCR(record_mode="new_episodes")).use_cassette(str(path), **settings)
