"""Workers on the machines of a Ray cluster. Only what runs with `--engine ray` imports these modules."""
