"""Forms, one module for each area."""
