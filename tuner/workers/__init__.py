"""The processes that train, and the loop that gives them work."""
