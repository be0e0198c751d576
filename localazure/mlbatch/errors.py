"""What can go wrong in the plane, as data; HTTP statuses are given to them in ``routes``.

::

    MlBatchError
    ├── NotFoundError            an endpoint, deployment, job, datastore or workspace is unknown
    ├── JobExistsError           a job name is taken
    ├── InUseError               a thing cannot be changed or removed as it is
    ├── InvalidRequestError      a request's body or parameters break rules
    ├── JobFailedError           a job cannot run; becomes the job's error, not a response
    │   ├── DefinitionError      an endpoint's or deployment's YAML is broken
    │   └── NodeWornOutError     a job has broken the node that it runs on
    └── TransitionError          a job was to go to a status that its present one does not allow
"""

from collections.abc import Sequence


class MlBatchError(Exception):
    """Base of the errors that the plane answers with a sentence."""

    code = "InternalServerError"


class NotFoundError(MlBatchError):
    """A named thing does not exist."""

    code = "ResourceNotFound"

    def __init__(self, kind: str, name: str, where: str = "") -> None:
        super().__init__(f"{kind} '{name}' not found{f' in {where}' if where else ''}")


class JobExistsError(MlBatchError):
    """A job of this name was submitted before."""

    code = "Conflict"

    def __init__(self, name: str) -> None:
        super().__init__(f"a job named '{name}' already exists; job names are unique for ever")


class InUseError(MlBatchError):
    """A thing cannot be changed or removed as long as something else holds it."""

    code = "Conflict"


class InvalidRequestError(MlBatchError):
    """Every rule that a request breaks, at once."""

    code = "UserError"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problems))


class JobFailedError(MlBatchError):
    """The reason why a job ends as Failed."""

    code = "UserError"


class DefinitionError(JobFailedError):
    """Every rule that one of Azure ML's YAML files breaks, at once."""

    code = "InvalidDefinition"

    def __init__(self, file: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{file}: " + "; ".join(problems))


class NodeWornOutError(JobFailedError):
    """A job has done to its node what cannot be undone but by ending the node's process."""


class TransitionError(MlBatchError):
    """A step that the life-cycle does not have."""

    def __init__(self, job: str, source: str, target: str) -> None:
        super().__init__(f"job '{job}' cannot go from {source} to {target}")
