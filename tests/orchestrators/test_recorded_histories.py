"""Runs that are under way survive a deployment: recorded histories lead to the same actions."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from domain import names
from tests.orchestrators.record import scenes
from tests.orchestrators.recordings import FOLDER, STORIES, check, load, save

RECORDINGS = sorted(FOLDER.glob("*.json"))

Story = Generator[Any, Any, Any]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recorded_history_leads_to_the_same_actions(path: Path) -> None:
    """Every prefix of a history, replayed by today's code, asks for what it asked for then."""
    life = load(path)
    check(path.stem, life, STORIES[life.story])


def test_every_story_is_recorded_to_its_end() -> None:
    """A recording that is missing would guard nothing."""
    lives = [load(path) for path in RECORDINGS]
    assert {life.story for life in lives} == set(STORIES) == set(names.ORCHESTRATORS)
    assert all(life.told[-1]["isDone"] or life.told[-1]["error"] for life in lives)


def test_the_recorded_scenes_can_be_recorded_anew(tmp_path: Path) -> None:
    """The documented command makes recordings of the same names, which replay at once."""
    for name, life in scenes():
        save(name, life, tmp_path)
        check(name, load(tmp_path / f"{name}.json"), STORIES[life.story])
    assert [p.name for p in sorted(tmp_path.iterdir())] == [p.name for p in RECORDINGS]


def _asks_first(story: Callable[..., Story]) -> Callable[..., Story]:
    def changed(context: Any) -> Story:
        yield context.call_activity("a_new_first_step", {})
        return (yield from story(context))

    return changed


def _gives_up_early(_story: Callable[..., Story]) -> Callable[..., Story]:
    def changed(context: Any) -> Story:
        return "nothing to do"
        yield context

    return changed


@pytest.mark.parametrize("change", [_asks_first, _gives_up_early])
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_change_that_breaks_running_instances_is_noticed(
    path: Path, change: Callable[..., Any]
) -> None:
    """A story that asks for something else fails with what to do about it."""
    life = load(path)
    with pytest.raises(AssertionError, match=r"(?s)Runs that are under way.*tests.orchestrators"):
        check(path.stem, life, change(STORIES[life.story]))
