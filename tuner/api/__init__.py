"""The Python API: run a study, and read its results."""
