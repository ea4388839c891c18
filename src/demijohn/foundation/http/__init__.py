"""HTTP as values: what arrives, what is sent, and the grammar of both. Nothing here does input or output."""
