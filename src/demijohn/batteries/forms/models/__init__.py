"""Forms for models: the one place where this battery speaks SQLAlchemy."""
