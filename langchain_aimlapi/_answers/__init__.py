"""What comes out.

Deltas as langchain messages, chunks, blocks and events; usage, cost, finish reasons.
"""
