"""Stand-in."""
from __future__ import annotations
import json, re
from urllib.parse import quote
class Redactor:
    def __init__(self, secrets, mask):
        spellings = {form for s in secrets for form in (s, quote(s, safe=""), json.dumps(s)[1:-1])}
        ordered = sorted(spellings, key=lambda form: (-len(form), form))
        self._mask = mask
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None
    def redact(self, text):
        return self._known.sub(self._mask, text) if self._known else text
