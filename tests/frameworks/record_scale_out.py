"""Record what `examples/scale_out_ray.py` replays; takes the path of the example."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from doors.cassettes import recording

from langchain_aimlapi import ChatAIMLAPI

example = runpy.run_path(sys.argv[1])
with recording(example["CASSETTE"]):
    model = ChatAIMLAPI(model=example["MODEL"], max_tokens=example["MAX_TOKENS"])
    for row in example["rows_of"](example["PROMPTS"], model):
        model.invoke(row["prompt"])
