"""What people see: the plan and the status as tables, and a line for each step that is done.

Results go to standard output, all else to standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from deploy_model.errors import DeployError, InputError
from deploy_model.one_line import one_line
from deploy_model.planning import Step
from deploy_model.switching import Defaults
from deploy_model.workspace import Deployment, Endpoint

LONGEST = 2_000
COLOURS = {"create": "green", "update": "yellow", "run": "green", "refused": "red"}


class Screen:
    """The terminal; also the `Progress` of an apply."""

    def __init__(self, out: Console, err: Console) -> None:
        self._out = out
        self._err = err

    def say(self, text: str) -> None:
        """A line about what goes on."""
        self._err.print(Text(text), soft_wrap=True)

    def result(self, text: str) -> None:
        """A line that is the outcome."""
        self._out.print(Text(text), soft_wrap=True)

    def error(self, error: DeployError) -> None:
        """What went wrong, a line per problem."""
        lines = error.problems if isinstance(error, InputError) else [str(error)]
        for line in lines:
            self._err.print(
                Text(f"deploy_model: {one_line(line, LONGEST)}", style="red"), soft_wrap=True
            )

    def plan(self, steps: Iterable[Step]) -> None:
        """A line per step: what, what happens to it, and which; below it, how it changes."""
        for step in steps:
            action = Text(f"{step.action:<10}", style=COLOURS.get(step.action, "dim"))
            line = Text(f"{step.kind:<12} ") + action + Text(f" {one_line(step.name)}")
            self._out.print(line, soft_wrap=True)
            told = [one_line(str(change)) for change in step.changes]
            for detail in filter(None, (*told, step.note)):
                self._out.print(Text(f"{'':14}{detail}", style="dim"), soft_wrap=True)

    def status(self, endpoint: Endpoint, deployments: dict[str, Deployment]) -> None:
        """An endpoint and its deployments: which model each has, and which is the default."""
        defaults = endpoint.defaults
        self.result(f"endpoint {endpoint.resource.name}")
        for name, found in sorted(deployments.items()):
            fields = found.resource.fields
            told = [f"{what} {fields[what] or 'none'}" for what in ("model", "code", "environment")]
            facts = filter(None, (*told, found.state, _role(name, defaults)))
            self.result(f"{name}: {', '.join(facts)}")

    @contextmanager
    def working(self, what: str) -> Iterator[Callable[[str], None]]:
        """A spinner with the step, while it goes on."""
        with self._err.status(Text(one_line(what))) as spinner:
            yield lambda detail: spinner.update(Text(one_line(f"{what}: {detail}")))

    def done(self, what: str) -> None:
        """A step that is done."""
        self.say(one_line(what))


def _role(name: str, defaults: Defaults) -> str:
    roles = {defaults.previous: "previous default", defaults.current: "default"}
    return roles.get(name, "")
