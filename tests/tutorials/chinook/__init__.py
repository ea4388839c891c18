"""A music shop's database that is older than its app, served twice: by classes written by hand, and by reflected."""
