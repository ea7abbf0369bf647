"""The tool that writes the packaged facts; `python -m tests.facts --help`."""
