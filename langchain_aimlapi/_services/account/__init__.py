"""The account: balance, ledger, usage, log and metrics; questions as paths, answers as results."""
