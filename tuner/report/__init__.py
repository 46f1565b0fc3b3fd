"""What a finished search writes: tables, plots, page."""
