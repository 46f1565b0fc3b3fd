"""Files, processes, seeds and numbers in words: what every room may use."""
