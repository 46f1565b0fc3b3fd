"""Prediction with an exported model, on images and rows."""
