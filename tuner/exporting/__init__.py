"""The formats that a model is exported in, what certifies an export, and what is written beside it."""
