"""The `Compression` battery: one finisher for the answers of all routes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...foundation.errors import SetupError
from ...foundation.lazy import need
from ...kernel.battery import Battery, Setup
from ...kernel.finishing import Finisher
from .answers import Compressing
from .backends.brotli import brotli
from .backends.gzip import gzip
from .backends.zstd import zstd
from .coding import Coding


@dataclass(frozen=True)
class Compression(Battery):
    """Smaller answers: `app.use(Compression())`, and `demijohn[compression]` for more than gzip.

    `codings` are tried in this order where the client likes several alike; by default, those whose library is there.
    Bodies below `minimum` bytes are sent as they are, and so is every type that is no text, but for `more_types`.
    `harmless_cookies` are names of cookies that do not tell who is asking. A route's `compress=` overrides the rule on
    secrets.
    """

    name = "compression"

    codings: tuple[str, ...] = ("zstd", "br", "gzip")
    minimum: int = 500
    more_types: tuple[str, ...] = ()
    harmless_cookies: tuple[str, ...] = ()
    zstd_level: int = 3
    brotli_quality: int = 4
    gzip_level: int = 6

    def install(self, setup: Setup) -> None:
        """Add the finisher."""
        for setting, low, high in (("zstd_level", 1, 19), ("brotli_quality", 0, 11), ("gzip_level", 1, 9)):
            if not low <= getattr(self, setting) <= high:
                usual = getattr(Compression, setting)
                raise SetupError(
                    "DMJ0560", f"compression.{setting} is {getattr(self, setting)}, and goes from {low} to {high}.",
                    fix=f"Compression({setting}={usual}); more is smaller, and slower.",
                )  # fmt: skip
        optional = setup.sources.origin(f"{self.name}.codings") == "default"
        codings = [
            coding for name in _listed(self.codings) if (coding := self._coding(name, optional=optional)) is not None
        ]
        more_types, harmless = _listed(self.more_types), _listed(self.harmless_cookies)
        compressing = Compressing(codings, self.minimum, more_types, harmless)
        setup.offer(Finisher(compressing.change))

    def _coding(self, name: str, *, optional: bool) -> Coding | None:
        makers: dict[str, tuple[Callable[[int], Coding], int, str]] = {
            "zstd": (zstd, self.zstd_level, "zstandard"),
            "br": (brotli, self.brotli_quality, "brotli"),
            "gzip": (gzip, self.gzip_level, ""),
        }
        if name not in makers:
            raise SetupError(
                "DMJ0561", f"compression.codings names {name!r}, which is no coding known here.",
                fix=f"Compression(codings={tuple(makers)}), or some of them.",
            )  # fmt: skip
        make, level, package = makers[name]
        try:
            return make(level)
        except ImportError:
            if optional:
                return None
            need(package, extra="compression", wanted_by=f"The setting compression.codings, with {name!r},")
            raise


def _listed(values: Sequence[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)
