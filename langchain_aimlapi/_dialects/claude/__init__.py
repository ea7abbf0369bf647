"""Claude's dialect: typed blocks in both directions."""
