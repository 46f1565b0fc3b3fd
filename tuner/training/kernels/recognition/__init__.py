"""Recognise what a Keras model is made of: its layers, losses and metrics."""
