"""What batteries and the app have said, joined: the parts that plans are compiled from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..foundation.limits import Limits
from ..foundation.timeouts import Timeouts
from ..foundation.workers import WorkerPool
from .background import Crew
from .battery import Assembly
from .completion import StandIn
from .conditional import Conditions
from .encoders import Encoder
from .error_handlers import ErrorHandlers, ErrorTable
from .finishing import Finisher
from .guards import Guard
from .layers import Around
from .levels import Level
from .negotiation import Renderer
from .renderers import Render
from .replies import Replies
from .services import Binder, Provider, ServiceKey, Singletons
from .signature import Surroundings


@dataclass(slots=True)
class Parts:
    """What all plans of one kernel are compiled from."""

    replies: Replies
    limits: Limits
    timeouts: Timeouts
    pool: WorkerPool
    singletons: Singletons
    providers: dict[ServiceKey, Provider]
    binders: list[tuple[type, Binder]]
    outer_arounds: list[Around] = field(default_factory=list)
    app_arounds: list[Around] = field(default_factory=list)
    error_handlers: ErrorHandlers = field(default_factory=ErrorHandlers)
    error_tables: dict[ErrorHandlers, ErrorTable] = field(default_factory=dict)
    finishers: list[Finisher] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    app: Level | None = None
    crew: Crew = field(default_factory=Crew)
    translated: bool = False  # Then any link may look at the visitor's language.

    def surroundings(self, path_names: tuple[str, ...], level: Level | None, is_async: bool) -> Surroundings:
        """What a signature at a level is read against; None is the app's own."""
        converters = {} if self.app is None else self.app.converters
        root = Surroundings(path_names, self.providers, self.binders, is_async, converters, self.app, self.crew)
        return root.at(level)


def build_parts(
    assembly: Assembly,
    limits: Limits,
    timeouts: Timeouts,
    encoders: dict[type, Callable[[Any], Any]],
    renderers: dict[str, Render] | None = None,
) -> Parts:
    """The parts that plans are compiled from: batteries' contributions joined with the app's own."""
    shapes = [offer for offer in assembly.offers if isinstance(offer, Encoder)]
    encoders = {**{offer.kind: offer.encode for offer in shapes}, **encoders}
    offered = {offer.media_type: offer.render for offer in assembly.offers if isinstance(offer, Renderer)}
    conditions = any(isinstance(offer, Conditions) for offer in assembly.offers)
    replies = Replies(
        assembly.fixed,
        encoders,
        debug=assembly.debug,
        renderers={**offered, **(renderers or {})},
        conditions=conditions,
        shaped=tuple(offer.kind for offer in shapes if offer.dataclasses),
        stand_ins=[offer for offer in assembly.offers if isinstance(offer, StandIn)],
    )
    return Parts(
        replies, limits, timeouts, WorkerPool(), Singletons(), assembly.providers, assembly.binders,
        outer_arounds=assembly.arounds, error_handlers=assembly.error_handlers,
        finishers=[offer for offer in assembly.offers if isinstance(offer, Finisher)],
        guards=[offer for offer in assembly.offers if isinstance(offer, Guard)],
    )  # fmt: skip
