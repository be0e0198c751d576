"""What can be made to go wrong, as data: ``machine_learning.faults`` and ``PUT /mlbatch/faults``.

A rule says what happens, to which jobs, how often, and how. Every draw is a function of the rule's
seed, the job and how often the rule has looked at that job: the same story goes wrong in the same
way, whatever else happens at the same time.
"""

import random
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Operation = Literal["invoke", "get"]
Seconds = Annotated[float, Field(ge=0)]


class Rule(BaseModel):
    """To whom something happens, and how often; a rule without ``count`` never wears out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    jobs: str = "*"  # a pattern of job names, as in a shell
    count: int | None = Field(default=None, ge=1)
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0

    def strikes(self, job: str, look: int) -> bool:
        """Say whether the rule's dice are against a job at the ``look``-th look at it."""
        if not fnmatchcase(job, self.jobs):
            return False
        draw = random.Random(f"{self.seed} {job} {look}").random()  # noqa: S311 - a story's dice
        return draw < self.probability


class Preemption(Rule):
    """The node of a running job on a low-priority compute is taken; the job is Canceled."""

    kind: Literal["preemption"]
    after_s: Seconds = 0.0


class NodeFailure(Rule):
    """The node of a running job dies; the job is Failed."""

    kind: Literal["node_failure"]
    after_s: Seconds = 0.0


class Silence(Rule):
    """A running job is NotResponding for a while; then it goes on, or its node is given up."""

    kind: Literal["not_responding"]
    after_s: Seconds = 0.0
    duration_s: Seconds = 1.0
    recovers: bool = True


class Throttling(Rule):
    """A call is answered 429 with ``Retry-After``."""

    kind: Literal["throttling"]
    on: tuple[Operation, ...] = ("invoke", "get")
    retry_after_s: int = Field(default=1, ge=0)


class ServerError(Rule):
    """A call is answered 503 before anything has happened."""

    kind: Literal["server_error"]
    on: tuple[Operation, ...] = ("invoke", "get")


class LostAnswer(Rule):
    """A job is accepted, and its caller hears 500."""

    kind: Literal["lost_answer"]


class SlowStart(Rule):
    """A node that starts for a job takes longer."""

    kind: Literal["slow_start"]
    start_s: Seconds


class FailingFiles(Rule):
    """``run()`` fails for mini-batches with a file of such a name."""

    kind: Literal["failing_files"]
    files: str  # a pattern of file names, as in a shell


FaultRule = Annotated[
    Preemption
    | NodeFailure
    | Silence
    | Throttling
    | ServerError
    | LostAnswer
    | SlowStart
    | FailingFiles,
    Field(discriminator="kind"),
]
