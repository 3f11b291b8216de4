"""What answers each address, one module per area."""
