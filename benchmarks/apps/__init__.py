"""One small app for each framework, all doing the same work."""
