"""The optimizers: their rules, schedules and updates."""
