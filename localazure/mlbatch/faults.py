"""Which faults happen now: the rules, and how often each has struck.

The places that can fail ask here; nothing else knows that a fault was meant to be.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from localazure.cloud.errors import AzureError
from localazure.mlbatch.fault_rules import (
    FailingFiles,
    FaultRule,
    LostAnswer,
    NodeFailure,
    Operation,
    Preemption,
    Rule,
    ServerError,
    Silence,
    SlowStart,
    Throttling,
)

Trouble = Preemption | NodeFailure | Silence
_R = TypeVar("_R", bound=Rule)


@dataclass
class _Armed:
    """A rule, and what came of it so far."""

    rule: FaultRule
    looks: Counter[str] = field(default_factory=Counter)
    struck: int = 0

    def strikes(self, job: str) -> bool:
        if self.rule.count is not None and self.struck >= self.rule.count:
            return False
        self.looks[job] += 1
        hit = self.rule.strikes(job, self.looks[job])
        self.struck += hit
        return hit


class Faults:
    """The rules in force, in order."""

    def __init__(self, rules: Iterable[FaultRule]) -> None:
        self._armed: list[_Armed] = []
        self.replace(rules)

    def replace(self, rules: Iterable[FaultRule]) -> None:
        """Put other rules in force; all counts begin anew."""
        self._armed = [_Armed(rule) for rule in rules]

    def told(self) -> list[dict[str, Any]]:
        """Return the rules with how often each has ``struck``."""
        return [{**item.rule.model_dump(), "struck": item.struck} for item in self._armed]

    def refuse(self, operation: Operation, job: str) -> None:
        """Raise what a call about a job is answered instead of its answer, if anything."""
        for rule in self._strike(Throttling, job, operation):
            raise AzureError(
                429,
                "TooManyRequests",
                f"too many requests; try again after {rule.retry_after_s} s",
                {"Retry-After": str(rule.retry_after_s)},
            )
        for _ in self._strike(ServerError, job, operation):
            raise AzureError(503, "ServiceUnavailable", "the service is unavailable at the moment")

    def lose_answer(self, job: str) -> None:
        """Raise 500 if the caller must not hear that a job was accepted."""
        for _ in self._strike(LostAnswer, job):
            raise AzureError(500, "InternalServerError", "the answer was lost on its way")

    def start_delay_s(self, job: str) -> float:
        """Return how much longer a node that starts for a job takes."""
        return sum(rule.start_s for rule in self._strike(SlowStart, job))

    def failing_files(self, job: str) -> tuple[str, ...]:
        """Return the patterns of the files that cannot be scored in a job."""
        return tuple(rule.files for rule in self._strike(FailingFiles, job))

    def troubles(self, job: str, *, low_priority: bool) -> list[Trouble]:
        """Return what happens to a job while it runs; only low priority can be pre-empted."""
        found: list[Trouble] = [*self._strike(Preemption, job)] if low_priority else []
        return [*found, *self._strike(NodeFailure, job), *self._strike(Silence, job)]

    def _strike(self, kind: type[_R], job: str, operation: Operation | None = None) -> Iterable[_R]:
        """Yield the rules of a kind that strike; each that is yielded is counted."""
        for item in self._armed:
            rule = item.rule
            if not isinstance(rule, kind):
                continue
            if operation and operation not in getattr(rule, "on", ()):
                continue
            if item.strikes(job):
                yield rule
