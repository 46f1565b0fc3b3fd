"""Networks of plain layers, trained by our own loops and products instead of TensorFlow's."""
