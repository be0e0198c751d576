"""`python -m simulate`: a fleet of devices that streams readings into an Event Hub, until Ctrl-C.

It stands outside the system, as devices do: it knows the hub's address and how to send, nothing
of the app. What is sent is a pure function of a `Plan` and its seed (`stream`); `run` sends it at
the plan's pace to a `Target`, on the laptop or in Azure, and tells what has become of it.
"""

from simulate.errors import PlanError, RefusedError, SimulateError, UnreachableError
from simulate.faults import Fault, planned_faults
from simulate.plan import Burst, Plan, default_start
from simulate.running import run
from simulate.streaming import Reading, Sending, stream
from simulate.tally import Progress, Summary
from simulate.targets import Target, find_target, local_environment
from simulate.training import healthy

__all__ = [
    "Burst",
    "Fault",
    "Plan",
    "PlanError",
    "Progress",
    "Reading",
    "RefusedError",
    "Sending",
    "SimulateError",
    "Summary",
    "Target",
    "UnreachableError",
    "default_start",
    "find_target",
    "healthy",
    "local_environment",
    "planned_faults",
    "run",
    "stream",
]
