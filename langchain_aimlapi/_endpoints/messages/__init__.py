"""`/messages`: Claude whole. The Claude-style body, and answers as lists of typed blocks."""
