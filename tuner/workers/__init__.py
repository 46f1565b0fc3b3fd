"""The training processes, and the loop that gives them work."""
