"""Searches from Python: run a study, and read what it holds."""
