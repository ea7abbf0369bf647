"""Record what `examples/scale_out_ray.py` replays; takes its path and a source, as JSON."""

from __future__ import annotations

import json
import runpy
import sys

from langchain_aimlapi import ChatAIMLAPI
from langchain_aimlapi.testing import RecordingSource, record

script, source = sys.argv[1:]
example = runpy.run_path(script)
with record(example["CASSETTE"], RecordingSource(**json.loads(source))):
    model = ChatAIMLAPI(model=example["MODEL"], max_tokens=example["MAX_TOKENS"])
    for row in example["rows_of"](example["PROMPTS"], model):
        model.invoke(row["prompt"])
