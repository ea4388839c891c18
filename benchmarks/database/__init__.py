"""Reading and writing PostgreSQL over HTTP, beside the peers with an ORM and the bare drivers."""
