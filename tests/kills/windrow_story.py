"""Runs of one pipeline over one hour, revision after revision, in a Windrow that may be killed."""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pandas as pd

from tests.e2e.world import World, readings, running_world
from tests.kills.dice import Length, Measure, Moment
from tests.kills.final_state import FinalState, final_state
from tests.kills.world_kills import Target, strike, watch_of
from tests.support.state_file import has_ended, messages_sent

PIPELINE = "kills"
PIPELINES = Path(__file__).parent / "pipelines"
DEVICES = ("a", "b", "c", "d", "e", "stranger")
FILES, ROWS_PER_FILE, EVERY = 2, 360, timedelta(seconds=5)
LEAVER = f"raw/{PIPELINE}/leaver.parquet"
PATIENCE_S = 150

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kill:
    """What is killed, and when: in seconds since the last kill, or in messages of the run."""

    target: Target
    moment: Moment


@dataclass(frozen=True)
class Told:
    """What is left of the runs, how long each took, and how many kills met one under way."""

    state: FinalState
    lengths: Sequence[Length]
    kills_at_work: int


class Mortal:
    """A Windrow in a folder, which can be started again when it was killed."""

    def __init__(self, folder: Path) -> None:
        self.world: World
        self._folder = folder
        self._running = contextlib.ExitStack()

    @contextlib.contextmanager
    def started(self) -> Iterator[World]:
        """Runs until the context ends, however often it is started again."""
        with self._running:
            self.restart()
            yield self.world

    def restart(self) -> None:
        """Starts it, after what is left of it has ended."""
        self._running.close()
        world = running_world(self._folder, PIPELINES_DIR=str(PIPELINES))
        self.world = self._running.enter_context(world)


def tell(folder: Path, kills_of_runs: Sequence[Sequence[Kill]], dice: random.Random) -> Told:
    """Has the hour scored as often as there are lists of kills, which are suffered meanwhile.

    From one revision to the next a device leaves or comes back.
    """
    mortal, lengths, at_work = Mortal(folder), [], 0
    with mortal.started() as world:
        state = world.cloud.state
        put_events(world)
        for revision, kills in enumerate(kills_of_runs, 1):
            if revision % 2:
                mortal.world.put(LEAVER, readings("leaver"))
            else:
                mortal.world.lake.delete_blob(LEAVER)
            began, before = time.monotonic(), messages_sent(state)
            run_id = mortal.world.start(PIPELINE, revision=revision)
            at_work += suffer(mortal, run_id, kills, before, dice)
            ended = partial(has_ended, state, run_id)
            watch_of(mortal.world).wait_until(ended, PATIENCE_S, f"{run_id} has ended")
            run = mortal.world.run(run_id)
            assert (run["status"], run["reconciled"]) == ("Completed", True), run
            messages = messages_sent(state) - before
            lengths.append(Length(time.monotonic() - began, messages))
        return Told(final_state(mortal.world), lengths, at_work)


def suffer(
    mortal: Mortal, run_id: str, kills: Sequence[Kill], before: int, dice: random.Random
) -> int:
    """Kills, and starts again what was killed. Answers how many kills met a run under way.

    `before` the run there were so many messages.
    """
    at_work, done = 0, partial(has_ended, mortal.world.cloud.state, run_id)
    for kill in kills:
        world, moment = mortal.world, kill.moment
        moment = replace(moment, latest=before + moment.latest)
        if moment.measure is Measure.MESSAGES:
            moment = replace(moment, at=moment.latest)
        watch_of(world).wait_for(moment, done)
        at_work += not done()
        strike(world, kill.target, dice, done)
        logger.warning("killed %s at %s", kill.target.value, moment)
        if kill.target.ends_world:
            mortal.restart()
    return at_work


def put_events(world: World) -> None:
    """Puts the hour's events into several files; some come twice, and some break rules."""
    frame = pd.concat(
        [readings(device, FILES * ROWS_PER_FILE, EVERY) for device in DEVICES]
    ).sort_values(["ts", "device"], ignore_index=True)
    frame.loc[frame.index % 97 == 0, "value"] = float("nan")
    size = len(frame) // FILES
    for number in range(FILES):
        part = frame[number * size : (number + 1) * size]
        world.put(f"raw/{PIPELINE}/{number}.parquet", pd.concat([part, part[:50]]))
