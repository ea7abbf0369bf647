"""A server that misbehaves on purpose, and the table of what must come of it."""
