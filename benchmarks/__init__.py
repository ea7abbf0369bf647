"""What a call costs in CPU time, beside its lower limit and other packages; see README.md."""
