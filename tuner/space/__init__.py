"""The search space of a hypermodel."""
