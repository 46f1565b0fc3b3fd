"""One process's work on a study: prepare, search, retrain, ablate."""
