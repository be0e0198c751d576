"""How far a run is: its stage, its counts, and the ledger's line about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import azure.durable_functions as df

from domain.messages import RunRecord, RunRequest
from domain.runs import RunStatus, Stage
from orchestrators.calls import now


@dataclass
class Progress:
    """What the run has done so far; rebuilt the same in every replay."""

    context: df.DurableOrchestrationContext
    request: RunRequest
    began: datetime
    stage: Stage = Stage.LISTING
    stage_began: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def enter(self, stage: Stage) -> None:
        """Ends the stage that was, and begins the next."""
        at = now(self.context)
        began = self.stage_began or self.began
        spent = self.seconds.get(self.stage.value, 0.0) + (at - began).total_seconds()
        self.seconds[self.stage.value] = round(spent, 3)
        self.seconds["total"] = round((at - self.began).total_seconds(), 3)
        self.stage, self.stage_began = stage, at
        self.show()

    def show(self) -> None:
        """Puts stage and counts where a status query sees them."""
        self.context.set_custom_status({"stage": self.stage.value, "counts": self.counts})

    def record(self, status: RunStatus, **more: Any) -> RunRecord:
        """The ledger's line about the run now."""
        return RunRecord(
            run=self.request.run,
            status=status,
            stage=self.stage,
            counts=dict(self.counts),
            seconds=dict(self.seconds),
            facts=dict(self.facts),
            at=now(self.context),
            **more,
        )
