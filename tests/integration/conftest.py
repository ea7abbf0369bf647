from __future__ import annotations

from importlib.util import find_spec

# It is about what came with core 1.8, which Python 3.10 does not get.
collect_ignore = [] if find_spec("langchain_core.decisions") else ["test_middlewares.py"]
