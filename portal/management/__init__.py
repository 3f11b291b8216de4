"""What the operator runs from a terminal."""
