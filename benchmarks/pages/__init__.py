"""Pages beside the peers: headers and sessions, templates, forms."""
