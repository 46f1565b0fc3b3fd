"""The commands of the command line that look at studies, keep them in order, and follow them."""
