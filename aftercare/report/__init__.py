"""The figures of a program: what each counts (pure), the rows they come from, and what may leave the house."""
