"""Windrow's orchestrators answer recorded histories alike on both sides."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.durable_functions.models.history.HistoryEventType import HistoryEventType

from tests.azure_worker.conftest import PairOf
from tests.azure_worker.installing import PROJECT
from tests.azure_worker.peers import Json

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

# What they are and how they came about: tests/orchestrators/recordings.py.
RECORDINGS = sorted((PROJECT / "tests" / "orchestrators" / "histories").glob("*.json"))


def contexts(life: Json) -> Iterator[str]:
    """What an orchestrator was given at each of its turns."""
    for told in life["told"]:
        history = life["history"][: told["events"]]
        newest = max(number for number, one in enumerate(history) if begins_a_turn(one))
        context = {
            "history": [{**one, "IsPlayed": n < newest} for n, one in enumerate(history)],
            "input": json.dumps(life["input"]),
            "instanceId": life["instance_id"],
            "isReplaying": newest > 0,
            "parentInstanceId": None,
            "upperSchemaVersion": 1,
            "upperSchemaVersionNew": 3,
        }
        yield json.dumps(context)


def begins_a_turn(event: Json) -> bool:
    """Whether an entry of a history begins a turn."""
    return bool(event["EventType"] == HistoryEventType.ORCHESTRATOR_STARTED)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recorded_history_gets_the_same_answers(
    path: Path, windrow: Path, pair_of: PairOf
) -> None:
    """At every turn: the same actions, status, output and error, to the last character."""
    life = json.loads(path.read_text(encoding="utf-8"))
    pair = pair_of(windrow)
    turns = 0
    for context in contexts(life):
        azure, ours = pair.turn(life["story"], context)
        assert azure == ours
        turns += 1
    assert turns == len(life["told"])
