"""What is wanted against what is there: a step per resource. Pure: data in, data out.

A resource is a kind, a name and plain fields. Only fields that are stated count: what a file does
not mention stays as it is. Some fields cannot be changed once they are there, since Azure ML
refuses it or because a version is for ever; such a step is refused before anything is started.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Value = str | int | None
Action = Literal["create", "update", "unchanged", "refused", "run"]

ORDER = ("environment", "model", "code", "compute", "endpoint", "deployment", "smoke", "default")
"""The kinds, in the order in which they are applied: nothing names what is not there yet."""

EVERY_FIELD = frozenset({"*"})
FINAL: Mapping[str, frozenset[str]] = {
    "environment": EVERY_FIELD,
    "model": EVERY_FIELD,
    "compute": frozenset({"size", "tier"}),
    "endpoint": frozenset({"auth_mode"}),
}
"""Fields that stay as they were created."""

ADVICE: Mapping[str, str] = {
    "environment": "a version is for ever: give `environment.version` a new value, or leave it out",
    "model": "a version is for ever: train again, which names a new version",
    "compute": "Azure ML cannot change it: name a new cluster, or delete this one first",
    "endpoint": "Azure ML cannot change it: name a new endpoint",
}


@dataclass(frozen=True)
class Resource:
    """Something in the workspace, or wanted there. `name` has the version of what has versions."""

    kind: str
    name: str
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One field, from what it is to what it will be."""

    field: str
    old: Value
    new: Value

    def __str__(self) -> str:
        return f"{self.field}: {_shown(self.old)} -> {_shown(self.new)}"


@dataclass(frozen=True)
class Step:
    """What is to be done about one resource; `note` says what the fields do not."""

    kind: str
    name: str
    action: Action
    changes: tuple[Change, ...] = ()
    note: str = ""

    @property
    def is_work(self) -> bool:
        """Whether applying it changes anything."""
        return self.action not in ("unchanged", "refused")


def step_for(wanted: Resource, found: Resource | None) -> Step:
    """Create what is not there, update what differs, refuse what cannot be changed."""
    if found is None:
        return Step(wanted.kind, wanted.name, "create")
    changes = differences(wanted.fields, found.fields)
    if not changes:
        return Step(wanted.kind, wanted.name, "unchanged")
    final = FINAL.get(wanted.kind, frozenset())
    stuck = [change.field for change in changes if final is EVERY_FIELD or change.field in final]
    action: Action = "refused" if stuck else "update"
    return Step(wanted.kind, wanted.name, action, changes)


def differences(wanted: Mapping[str, Value], found: Mapping[str, Value]) -> tuple[Change, ...]:
    """The stated fields that differ; an empty text is as good as none."""
    return tuple(
        Change(name, found.get(name), value)
        for name, value in wanted.items()
        if value is not None and _known(value) != _known(found.get(name))
    )


def refusals(steps: Iterable[Step]) -> list[str]:
    """A sentence for each step that cannot be done."""
    return [
        f"{step.kind} {step.name} is there with other content "
        f"({'; '.join(map(str, step.changes))}): {ADVICE[step.kind]}"
        for step in steps
        if step.action == "refused"
    ]


def default_step(
    found: str | None, first: str | None, deployed: Iterable[str], switch_to: str | None
) -> Step | None:
    """Which deployment is the endpoint's default.

    Args:
        found: The default as it is.
        first: What the endpoint's file names. It counts for an endpoint without a default only: an
            endpoint that was switched is not moved by applying a file again.
        deployed: The deployments that there will be.
        switch_to: The deployment to make the default, if that was asked for.

    Returns None if there is nothing to say: no default, and none is wanted.
    """
    names = set(deployed)
    wanted = switch_to or found or (first if first in names else None)
    if wanted is None:
        return None
    if wanted == found:
        return Step("default", wanted, "unchanged")
    note = "" if switch_to else "the first one, as the endpoint's file says"
    action: Action = "update" if found else "create"
    changes = (Change("deployment_name", found, wanted),) if found else ()
    return Step("default", wanted, action, changes, note)


def ordered(steps: Iterable[Step]) -> list[Step]:
    """In the order of `ORDER`; what stands twice, such as a shared environment, once."""
    return sorted(dict.fromkeys(steps), key=lambda step: ORDER.index(step.kind))


def _known(value: Value) -> Value:
    return None if value == "" else value


def _shown(value: Value) -> str:
    return "none" if _known(value) is None else str(value)
