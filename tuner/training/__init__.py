"""Train one run: build its network, train it epoch by epoch, return its predictions."""
