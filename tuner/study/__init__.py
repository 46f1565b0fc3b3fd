"""A study: its settings, records, store, checkpoints and folder."""
