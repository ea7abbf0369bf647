"""What is known beforehand: facts of the documented models, and what tells the type of media.

`profiles` is the way to read the facts.
"""
