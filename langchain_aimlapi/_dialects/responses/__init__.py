"""The dialect of `/responses`: an answer is a list of items, and so is a conversation."""
