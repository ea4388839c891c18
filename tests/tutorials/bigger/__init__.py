"""FastAPI's "bigger applications" as a package here: an app, two routers, and an admin part with guards of its own."""
