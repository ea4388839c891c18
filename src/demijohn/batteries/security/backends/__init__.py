"""Where rates are counted: one file for each place."""
