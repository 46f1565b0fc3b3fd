"""Chains of plain layers, trained by loops and products of our own instead of TensorFlow's."""
