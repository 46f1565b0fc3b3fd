"""Train one run: build its network, train it an epoch at a time, say what it predicts."""
