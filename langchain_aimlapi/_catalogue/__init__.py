"""What the public module `catalogue` is made of."""
