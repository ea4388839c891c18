"""`demijohn db`: the database of an app; its tables, its rows, and how they change."""
