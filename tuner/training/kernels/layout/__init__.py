"""Where each part of a network lies in memory."""
