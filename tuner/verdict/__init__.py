"""Decide whether the tuned model is better than a baseline, and how certain that is: pure functions."""
