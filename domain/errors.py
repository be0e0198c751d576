"""Everything Windrow can say about what went wrong.

    WindrowError
    ├── TransientError            trying again may help: the service was away, busy or slow
    └── RefusedError              trying again cannot help: somebody has to change something
        ├── PipelineFileError     a pipeline file breaks rules (every problem, at once)
        ├── UnknownPipelineError  no pipeline has that name
        ├── RequestError          a request breaks rules (every problem, at once)
        ├── SettingsError         an app setting is missing or wrong (every problem, at once)
        ├── SourceError           the input cannot be read as the pipeline describes it
        │   └── EmptySpanError    there is nothing to score in the span
        ├── LakeError             a container or a blob is not there, or access is denied
        ├── EndpointError         the batch endpoint or deployment is not there, or refuses the job
        ├── PredictionsError      a job's output is not what the pipeline promises
        ├── ScoresDbError         the database refuses a statement
        └── RunCancelledError     somebody cancelled the run

Errors take data and build their own sentence. The ones of libraries are mapped to these at the
adapters, so that activities and orchestrators only ever meet this tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


class WindrowError(Exception):
    """The root of all errors of Windrow."""


class TransientError(WindrowError):
    """A service did not answer as it should; trying again may help."""

    def __init__(self, service: str, action: str, cause: BaseException | str) -> None:
        super().__init__(f"{service}: {action} did not succeed for now: {cause}")


class RefusedError(WindrowError):
    """Trying again cannot help; the message says what has to change."""


@dataclass(frozen=True)
class Problem:
    """One broken rule: which field, what the rule is, and the value that breaks it."""

    field: str
    rule: str
    value: object = None
    has_value: bool = True

    def __str__(self) -> str:
        got = f"; got {shorten(self.value)}" if self.has_value else ""
        return f"`{self.field}` {self.rule}{got}"


class ProblemsError(RefusedError):
    """Several broken rules, reported together."""

    headline = "there are problems"

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        self.where = where
        self.problems = tuple(problems)
        lines = "".join(f"\n  {where}: {problem}" for problem in self.problems)
        super().__init__(f"{self.headline}:{lines}")


class PipelineFileError(ProblemsError):
    """A pipeline file breaks rules; all problems of all files are in it."""

    headline = "the pipeline files have problems"

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        super().__init__(where, problems)

    @classmethod
    def merged(cls, errors: Sequence[PipelineFileError]) -> PipelineFileError:
        """One error that tells the problems of many files."""
        first = errors[0]
        merged = cls(first.where, [p for e in errors for p in e.problems])
        lines = "".join(f"\n  {e.where}: {p}" for e in errors for p in e.problems)
        merged.args = (f"{cls.headline}:{lines}",)
        return merged


class RequestError(ProblemsError):
    """A request breaks rules; all of them are in `problems`."""

    headline = "the request has problems"


class SettingsError(ProblemsError):
    """App settings are missing or wrong; all of them are in `problems`. Never shows a value."""

    headline = "the app settings have problems"

    def __init__(self, where: str, problems: Sequence[Problem]) -> None:
        super().__init__(where, [replace(p, value=None, has_value=False) for p in problems])


class UnknownPipelineError(RefusedError):
    """No pipeline has that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        super().__init__(f"there is no pipeline {name!r}; there are: {', '.join(known) or 'none'}")


class SourceError(RefusedError):
    """The input cannot be read as the pipeline describes it."""


class EmptySpanError(SourceError):
    """There is nothing to score in the span, and the pipeline says that this is wrong."""

    def __init__(self, where: str, span: str) -> None:
        super().__init__(
            f"no events in the span {span}: looked at {where}. "
            "If a span may be empty, set `on_empty: complete` in the pipeline"
        )


class LakeError(RefusedError):
    """A container or a blob is not there, or access to it is denied."""


class EndpointError(RefusedError):
    """The batch endpoint or its deployment is not there, or refuses the job."""


class PredictionsError(RefusedError):
    """A job's output is not what the pipeline promises."""


class ScoresDbError(RefusedError):
    """The database refuses a statement, and will refuse it again."""


class RunCancelledError(RefusedError):
    """The run was cancelled, so nothing more is submitted for it."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} was cancelled")


def first_line(error: BaseException) -> str:
    """What an error says first; the rest is for logs."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def shorten(value: object, limit: int = 120) -> str:
    """The value as Python writes it, cut to `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
