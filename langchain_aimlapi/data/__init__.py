"""Facts about the documented models, as data; `profiles` is the way to read them."""
