"""What comes out: how deltas become messages, chunks, blocks and events, with usage and cost.

No endpoint is named here, and nothing is read from the wire.
"""
