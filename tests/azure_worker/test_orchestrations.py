"""Whole orchestrations of the test apps: every turn and every activity ends alike on both sides."""

from pathlib import Path
from typing import Any

import pytest

from tests.azure_worker.both_sides import stage
from tests.azure_worker.conftest import PairOf
from tests.azure_worker.sides import APPS, SEEN

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

PATTERNS = APPS / "patterns"
STORIES: list[tuple[str, Any, str]] = [
    ("flat", 9, "Completed"),
    ("flat", 0, "Completed"),
    ("segmented", [2, 3], "Completed"),
    ("chain", 3, "Completed"),
    ("everything_at_once", None, "Completed"),
    ("retried", 1, "Completed"),
    ("retried", 9, "Completed"),
    ("many_retried", None, "Completed"),
    ("retried_child", None, "Completed"),
    ("failing", None, "Failed"),
    ("failing_parent", None, "Failed"),
    ("raising", None, "Failed"),
    ("monitor", {"round": 0, "until": 3}, "Completed"),
    ("parent_of_monitor", None, "Completed"),
    ("approval", 30, "Completed"),
    ("forgotten_timer", 50, "Completed"),
    ("deterministic", None, "Completed"),
    ("calls_unknown", None, "Failed"),
    ("calls_entity", None, "Failed"),
    ("calls_http", None, "Failed"),
    ("unserialisable", None, "Failed"),
]


@pytest.mark.parametrize(("story", "given", "status"), STORIES)
def test_a_story_goes_the_same_way(
    story: str, given: Any, status: str, pair_of: PairOf, tmp_path: Path
) -> None:
    """Azure's worker gives the answer to every turn that the stand-in's engine goes by."""
    with stage(pair_of(PATTERNS), tmp_path) as on:
        ended = on.finish(on.start(story, given))
        assert ended.status == status
    assert on.both.compared > 0
    assert on.both.differences == []


@pytest.mark.parametrize(
    ("story", "given", "events"),
    [
        ("wait_for_go", None, [("go", '{"a": [1, null]}')]),
        ("wait_for_go", None, [("go", '"a text"')]),
        ("wait_for_go", None, [("other", "1"), ("go", "null")]),
        ("approval", 60_000, [("approved", "true")]),
    ],
)
def test_events_arrive_the_same_way(
    story: str, given: Any, events: list[tuple[str, str]], pair_of: PairOf, tmp_path: Path
) -> None:
    """External events of every kind of data, awaited and not."""
    with stage(pair_of(PATTERNS), tmp_path) as on:
        instance_id = on.start(story, given)
        for name, data in events:
            assert on.management.raise_event(instance_id, name, data)
        assert on.finish(instance_id).status == "Completed"
    assert on.both.compared > 0
    assert on.both.differences == []


def test_names_of_decorators_are_followed(pair_of: PairOf, tmp_path: Path) -> None:
    """An orchestrator and an activity answer to the names that their decorators give them."""
    with stage(pair_of(SEEN), tmp_path) as on:
        ended = on.finish(on.start("AnotherStory", {"a": 1}))
        assert ended.output == '{"a": 1}'
    assert on.both.compared > 0
    assert on.both.differences == []
