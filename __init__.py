"""Search the hyperparameters of a Keras model and say honestly whether tuning was worth it."""
