"""The second act from beginning to end: train, stream, collect, read the scores."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demo.data import Data
from demo.errors import DemoError
from demo.evaluation import evaluate
from demo.pipelines import grid_of
from demo.run_client import RunClient
from demo.run_state import RunState
from demo.scores import read_scores
from demo.screen import Screen
from demo.standin import StandIn
from demo.streaming.client import StreamClient
from demo.streaming.collecting import LOOK_EVERY_S, Look, until_collected
from demo.streaming.outcome import StreamOutcome
from demo.streaming.plan import LENGTH, stream_plan
from demo.streaming.progress import stream_line, stream_progress
from demo.streaming.sending import sending
from demo.streaming.sent import Sent
from demo.streaming.training import stream_training
from demo.trainer import train_model
from domain.pipeline import Pipeline
from simulate import Plan, Progress, Summary, planned_faults

RECORDED_WITHIN_S = 30.0


@dataclass(frozen=True)
class Stage:
    """Where the act takes place: the app's folder, the one that the demo fills, the stand-in."""

    app: Path
    out: Path
    stand_in: StandIn
    screen: Screen


def play_stream(pipeline: Pipeline, seed: int, stage: Stage) -> StreamOutcome:
    """Plays it. Raises DemoError if it cannot go on."""
    screen, stand_in = stage.screen, stage.stand_in
    plan = stream_plan(pipeline, seed, datetime.now(UTC))
    end = plan.start + LENGTH
    with screen.step("train_stream_model", "train the stream's model") as step:
        training = stream_training(plan, pipeline, stage.out / "data" / "stream")
        model = train_model(pipeline, training, stage.app, stage.out)
        step.done(f"{model['trained']['keys']:,} keys, version {model['version']}")
    sent = Sent(pipeline)
    with StreamClient(stand_in.functions, pipeline, plan.start, end) as client:
        told, progress = _send(plan, sent, client, stage)
        look, quarantined = _collect(plan, progress, sent, client, stage)
    with screen.step("read_stream_scores", "read the stream's scores from SQL") as step:
        runs = _runs(look, stand_in)
        ids = [run.run_id for run in runs]
        scores = read_scores(pipeline, ids, stand_in.state, with_time=True)
        step.done(f"{len(scores):,} rows of {pipeline.output.table}")
    faults = list(planned_faults(plan))
    return StreamOutcome(
        pipeline=pipeline,
        data=Data(plan.start, end, told.sent, training, faults),
        model=model,
        told=told,
        sent=sent,
        intervals=look,
        runs=runs,
        quarantined=dict(quarantined.most_common()),
        scores=scores,
        evaluation=evaluate(scores, faults, grid_of(pipeline).size),
    )


def _send(
    plan: Plan, sent: Sent, client: StreamClient, stage: Stage
) -> tuple[Summary, Progress | None]:
    """Sends the stream, and shows what lands and is scored meanwhile."""
    minutes, seconds = LENGTH.total_seconds() / 60, plan.duration_s or 0.0
    title = f"stream {minutes:.0f} minutes in {seconds:.0f} seconds"
    with stage.screen.step("stream", title) as step, sending(plan, sent) as under_way:
        look: Look = ()
        while not under_way.is_over_within(LOOK_EVERY_S):
            stage.stand_in.check()
            look = client.intervals() or look
            step.show(stream_progress(plan, under_way.progress, look))
            stage.screen.say_now_and_then(stream_line(under_way.progress, look))
        told = under_way.result()
        step.done(f"{told.sent:,} events, {told.per_s:,.0f} a second")
    return told, under_way.progress


def _collect(
    plan: Plan, progress: Progress | None, sent: Sent, client: StreamClient, stage: Stage
) -> tuple[Look, Counter[str]]:
    """Waits until all of it was scored; the intervals then, and what is in the quarantine."""
    quarantined: Counter[str] = Counter()
    look: Look = ()

    def is_complete(look: Look) -> bool:
        nonlocal quarantined
        quarantined = client.quarantined()
        landed = sum(one.count("events_read") for one in look)
        return landed + quarantined.total() == sent.events

    with stage.screen.step("collect_stream", "score what has landed") as step:
        check = stage.stand_in.check
        for look in until_collected(client.intervals, sent.intervals, is_complete, check):
            step.show(stream_progress(plan, progress, look))
            stage.screen.say_now_and_then(stream_line(progress, look))
        step.done(f"{sum(one.revision for one in look)} runs over {len(look)} intervals")
    return look, quarantined


def _runs(look: Look, stand_in: StandIn) -> tuple[RunState, ...]:
    """The newest run of each interval."""
    with RunClient(stand_in.functions) as client:
        return tuple(_run(client, one.run_id or "") for one in look)


def _run(client: RunClient, run_id: str) -> RunState:
    deadline = time.monotonic() + RECORDED_WITHIN_S
    while (state := client.state(run_id)) is None:
        if time.monotonic() > deadline:
            raise DemoError(f"the app tells nothing of run {run_id}")
        time.sleep(LOOK_EVERY_S)
    return state
