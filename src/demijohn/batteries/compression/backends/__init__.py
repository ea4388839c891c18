"""The libraries that compress, one file each."""
