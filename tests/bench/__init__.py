"""How fast it is, in one run with its peers: `python -m tests.bench NAME --json`."""
