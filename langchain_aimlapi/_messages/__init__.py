"""What goes in.

Langchain messages, tools and options as frozen parts, and the blocks that endpoints share.
"""
