"""What is shared with other apps of a house."""
