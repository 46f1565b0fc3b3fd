"""The queue, and the processes that carry out its jobs."""
