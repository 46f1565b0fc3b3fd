"""The terminal: arguments, progress, tables, settings files, how a command ends."""
