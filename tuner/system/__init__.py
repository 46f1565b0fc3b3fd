"""Files, processes, seeds and formatted numbers: what every room may use."""
