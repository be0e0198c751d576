"""The rules by which wanted and found become steps."""

from __future__ import annotations

import pytest

from deploy_model.planning import (
    ORDER,
    Change,
    Resource,
    Step,
    default_step,
    ordered,
    refusals,
    step_for,
)


def test_what_is_not_there_is_created() -> None:
    """Nothing is compared with nothing."""
    step = step_for(Resource("model", "fleet:1", {"path": "p"}), None)
    assert (step.action, step.changes, step.is_work) == ("create", (), True)


def test_what_is_the_same_is_left_alone() -> None:
    """A field that nobody stated, and an empty one, make no work."""
    wanted = Resource("deployment", "fleet", {"model": "fleet:1", "timeout": None, "vars": ""})
    found = Resource("deployment", "fleet", {"model": "fleet:1", "timeout": 30, "vars": None})
    step = step_for(wanted, found)
    assert (step.action, step.is_work) == ("unchanged", False)


def test_what_differs_is_updated_and_told_field_by_field() -> None:
    """The plan says from what to what."""
    wanted = Resource("deployment", "fleet", {"model": "fleet:2", "mini_batch_size": 1})
    found = Resource("deployment", "fleet", {"model": "fleet:1", "mini_batch_size": 1})
    step = step_for(wanted, found)
    assert step.action == "update"
    assert [str(change) for change in step.changes] == ["model: fleet:1 -> fleet:2"]


def test_zero_and_nothing_differ() -> None:
    """A threshold of 0 fails a job where none would let rows vanish."""
    wanted = Resource("deployment", "fleet", {"error_threshold": 0})
    step = step_for(wanted, Resource("deployment", "fleet", {"error_threshold": None}))
    assert step.changes == (Change("error_threshold", None, 0),)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("model", "content"),
        ("environment", "image"),
        ("compute", "size"),
        ("endpoint", "auth_mode"),
    ],
)
def test_what_cannot_be_changed_is_refused(kind: str, field: str) -> None:
    """The refusal names the resource, the field and what to do instead."""
    step = step_for(Resource(kind, "it", {field: "new"}), Resource(kind, "it", {field: "old"}))
    assert (step.action, step.is_work) == ("refused", False)
    (sentence,) = refusals([step, Step("code", "c", "create")])
    assert sentence.startswith(f"{kind} it is there with other content ({field}: old -> new): ")


def test_a_cluster_scales_without_a_refusal() -> None:
    """Only what Azure ML cannot change is refused."""
    wanted = Resource("compute", "cpu", {"size": "A", "max_instances": 8})
    step = step_for(wanted, Resource("compute", "cpu", {"size": "A", "max_instances": 4}))
    assert step.action == "update"


@pytest.mark.parametrize(
    ("found", "first", "deployed", "switch_to", "action", "name"),
    [
        (None, "fleet", ["fleet"], None, "create", "fleet"),
        ("green", "fleet", ["fleet", "green"], None, "unchanged", "green"),
        ("fleet", "fleet", ["fleet", "green"], "green", "update", "green"),
        ("green", "fleet", ["fleet", "green"], "green", "unchanged", "green"),
        (None, "fleet", ["green"], "green", "create", "green"),
    ],
    ids=["first", "switched before", "switch", "switched already", "switch at first"],
)
def test_the_default_moves_only_when_it_is_asked_to(
    found: str | None,
    first: str,
    deployed: list[str],
    switch_to: str | None,
    action: str,
    name: str,
) -> None:
    """The endpoint's file names the first default; afterwards only a switch moves it."""
    step = default_step(found, first, deployed, switch_to)
    assert step is not None
    assert (step.action, step.name) == (action, name)


def test_no_default_is_invented() -> None:
    """An endpoint whose first default is not deployed yet goes without one."""
    assert default_step(None, "fleet", ["fleet-green"], None) is None


def test_steps_follow_what_they_need_and_stand_once() -> None:
    """Deployments share an environment, and nothing names what is not there yet."""
    environment = Step("environment", "e", "create")
    steps = [Step(kind, "x", "create") for kind in reversed(ORDER)] + [environment, environment]
    kinds = [step.kind for step in ordered(steps)]
    assert kinds == ["environment", "environment", *ORDER[1:]]
