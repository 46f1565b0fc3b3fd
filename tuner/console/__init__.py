"""What the terminal shows and takes: arguments, progress, tables, settings files, how a command ends."""
