"""A Windrow whose parts are killed again and again: its runs end as if nothing had happened."""

from __future__ import annotations

import random
from itertools import cycle, islice
from pathlib import Path

import pytest

from localazure.durable.database import FILE_NAME
from tests.kills.dice import Length, Measure, draw_moments, roll
from tests.kills.histories import problems
from tests.kills.windrow_story import Kill, tell
from tests.kills.world_kills import Target
from tests.support.examples import LONGER
from tests.support.state_file import integrity, left_over, read_instances

pytestmark = pytest.mark.xdist_group("kills-windrow")

RUNS, RESTARTS, NODES = (5, 3, 2) if LONGER else (1, 1, 2)


@pytest.mark.timeout(1800 if LONGER else 300)
def test_runs_survive_kills_at_any_moment(tmp_path: Path) -> None:
    """Durable results, lake and SQL are those of undisturbed runs; every file is whole."""
    dice = roll()
    calm = tell(tmp_path / "calm", [[]] * RUNS, dice)
    kills = [draw_kills(dice, length) for length in calm.lengths]
    troubled = tell(tmp_path / "troubled", kills, dice)

    assert troubled.kills_at_work > RUNS * (RESTARTS + NODES) // 2
    assert troubled.state.outputs == calm.state.outputs
    assert troubled.state.sql == calm.state.sql
    assert troubled.state.lake == calm.state.lake
    state = tmp_path / "troubled" / "state"
    files = [FILE_NAME, "scores.db", "mlbatch.db"]
    assert {file: integrity(state / file) for file in files} == dict.fromkeys(files, "ok")
    assert left_over(state) == {}
    wrong = {one.instance_id: problems(one.history) for one in read_instances(state)}
    assert {name: found for name, found in wrong.items() if found} == {}


def draw_kills(dice: random.Random, length: Length) -> list[Kill]:
    """Kills spread over a run: of nodes, and of what has to be started again."""
    ending = cycle(dice.sample([Target.HOST, Target.EVERYTHING], 2))
    targets = [*islice(ending, RESTARTS), *[Target.NODE] * NODES]
    dice.shuffle(targets)
    measures = [Measure.SECONDS, Measure.MESSAGES]
    moments = draw_moments(dice, len(targets), length, measures, start_s=0)
    return [Kill(target, moment) for target, moment in zip(targets, moments, strict=True)]
