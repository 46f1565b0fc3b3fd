"""An epoch as one compiled TensorFlow function."""
