"""What goes in: messages, tools and options as frozen parts, and the blocks that endpoints share.

No endpoint is named here, but for the Claude-style blocks that two of them send.
"""
