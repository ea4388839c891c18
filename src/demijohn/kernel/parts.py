"""What batteries and the app have said, joined: the parts that plans are compiled from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..foundation.limits import Limits
from ..foundation.timeouts import Timeouts
from ..foundation.workers import WorkerPool
from .battery import Assembly
from .completion import StandIn
from .conditional import Conditions
from .finishing import Finisher
from .guards import Guard
from .kernel import Encoder
from .negotiation import Renderer
from .plan import Parts
from .renderers import Render
from .replies import Replies
from .services import Singletons


def build_parts(
    assembly: Assembly,
    limits: Limits,
    timeouts: Timeouts,
    encoders: dict[type, Callable[[Any], Any]],
    renderers: dict[str, Render] | None = None,
) -> Parts:
    """The parts that plans are compiled from: batteries' contributions joined with the app's own."""
    encoders = {**{offer.kind: offer.encode for offer in assembly.offers if isinstance(offer, Encoder)}, **encoders}
    offered = {offer.media_type: offer.render for offer in assembly.offers if isinstance(offer, Renderer)}
    conditions = any(isinstance(offer, Conditions) for offer in assembly.offers)
    replies = Replies(
        assembly.fixed,
        encoders,
        debug=assembly.debug,
        renderers={**offered, **(renderers or {})},
        conditions=conditions,
        stand_ins=[offer for offer in assembly.offers if isinstance(offer, StandIn)],
    )
    return Parts(
        replies, limits, timeouts, WorkerPool(), Singletons(), assembly.providers, assembly.binders,
        outer_arounds=assembly.arounds, error_handlers=assembly.error_handlers,
        finishers=[offer for offer in assembly.offers if isinstance(offer, Finisher)],
        guards=[offer for offer in assembly.offers if isinstance(offer, Guard)],
    )  # fmt: skip
