"""The facts of a run, as `GET /api/runs/{id}` tells them: drift, rejected rows, what was used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from domain.messages import Measured, Metered, Sized
from domain.messages.base import Message

SMALLEST_PSI = 0.001
UNTOLD = "error"
"""The key under which a topic says why nothing is known of it."""

_Topic = TypeVar("_Topic", bound=Message)


@dataclass(frozen=True)
class RunFacts:
    """What the app has `told` so far: what it has not, or could not find out, is None."""

    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def deployment(self) -> str | None:
        """The deployment that scores the run."""
        return self.told.get("deployment")

    @property
    def rejected(self) -> dict[str, int]:
        """How many rows were rejected, by the kind of the reason."""
        return dict(self.told.get("rejected") or {})

    @property
    def sized(self) -> Sized | None:
        """How large parts and chunks are."""
        return self._topic("sizing", Sized)

    @property
    def measured(self) -> Measured | None:
        """Drift, anomalies and warnings."""
        return self._topic("quality", Measured)

    @property
    def metered(self) -> Metered | None:
        """What the run's jobs used."""
        return self._topic("cost", Metered)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is worth a look, a sentence each: thresholds that were passed, and untold topics."""
        topics = [(name, fact) for name, fact in self.told.items() if isinstance(fact, dict)]
        untold = [f"{name} is not known: {fact[UNTOLD]}" for name, fact in topics if UNTOLD in fact]
        return (*(self.measured.warnings if self.measured else ()), *untold)

    def _topic(self, name: str, kind: type[_Topic]) -> _Topic | None:
        fact = self.told.get(name)
        return kind.from_json(fact) if fact and UNTOLD not in fact else None


def drift_in_words(measured: Measured) -> str:
    """Such as `value_count 0.031`: how far the worst column drifted."""
    if measured.worst_psi is None:
        return "not judged"
    return f"{measured.worst_column} {psi_in_words(measured.worst_psi)}"


def psi_in_words(psi: float) -> str:
    """Three digits after the point: what is smaller is no drift."""
    return f"{psi:.3f}" if psi >= SMALLEST_PSI or not psi else f"< {SMALLEST_PSI:g}"


def cost_in_words(metered: Metered) -> str | None:
    """Such as `0.0021 USD`; None without a price."""
    return None if metered.cost is None else f"{metered.cost:.4g} {metered.currency}"
