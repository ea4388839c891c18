"""The security headers that every answer carries by default."""

from .battery import Security

__all__ = ["Security"]
