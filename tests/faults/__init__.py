"""Processes that send while others kill them; the truth is the log of the provider's stand-in."""
