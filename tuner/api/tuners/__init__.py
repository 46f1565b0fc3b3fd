"""KerasTuner's four tuners on this engine, for scripts in which one line changes."""
