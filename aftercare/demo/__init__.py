"""The demo: made-up people, how they behave, and twelve weeks of their past played through the real code."""
