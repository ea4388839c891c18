"""One blueprint in each module."""
