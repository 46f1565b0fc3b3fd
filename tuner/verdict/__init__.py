"""Whether the tuned model is better than a baseline, and how sure that is: pure functions."""
