"""Strangers' tools over the code and over a running demo: `python -m tests.audit`, by `make audit`."""
