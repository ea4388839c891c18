"""The places that sessions are kept in, one file each."""
