"""What the public module `batches` is made of."""
