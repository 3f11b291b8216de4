"""Questionnaires as data: what each one asks, how it is scored, and how a file of its words is read. Pure."""
