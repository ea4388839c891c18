"""The apps of the database benchmark, one small file each."""
