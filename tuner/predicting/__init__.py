"""An exported model on images and rows."""
