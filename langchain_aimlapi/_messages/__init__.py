"""What goes in: messages, tools and options as frozen parts, and the blocks that endpoints share.

No endpoint is named here. The Claude-style blocks are here because two endpoints send them.
"""
