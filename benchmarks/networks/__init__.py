"""Hypermodels of many kinds of networks, as users of KerasTuner write theirs: both sides load the same file."""
