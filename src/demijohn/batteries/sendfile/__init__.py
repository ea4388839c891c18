"""Files that the server in front sends: nginx, Apache, Caddy or lighttpd is told where they are."""

from .battery import Sendfile

__all__ = ["Sendfile"]
