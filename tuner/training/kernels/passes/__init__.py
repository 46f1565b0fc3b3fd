"""The forward and backward passes of layers."""
