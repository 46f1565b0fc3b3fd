"""The web service: start, watch, stop and resume searches in a browser, and by HTTP."""
