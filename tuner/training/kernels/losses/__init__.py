"""The losses, and the metrics that follow from all predictions."""
