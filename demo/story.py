"""The demo from beginning to end: start, data, training, run, scores; the stream; the report."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.markup import escape

from demo.data import Data
from demo.evaluation import evaluate
from demo.generated import generate
from demo.lake import Lake
from demo.out_folder import empty_folder
from demo.outcome import Outcome, summary
from demo.pipelines import grid_of
from demo.report import report_html
from demo.run_client import RunClient
from demo.run_progress import progress_line, progress_table
from demo.run_state import RunState
from demo.scores import read_scores
from demo.screen import Screen, Step
from demo.standin import StandIn, running_stand_in
from demo.streaming.act import Stage, play_stream
from demo.trainer import train_model
from demo.user_file import UserFile, put_file
from domain.pipeline import Pipeline
from domain.quality import ColumnMeasure


@dataclass(frozen=True)
class Plan:
    """What the demo is to do, checked. `file` is the user's; without one, a fleet is made up.

    `stream` is the second act's pipeline; without one, there is no second act.
    """

    app: Path
    out: Path
    pipeline: Pipeline
    events: int
    seed: int
    day: date
    file: UserFile | None = None
    stream: Pipeline | None = None


def play(plan: Plan, screen: Screen) -> Outcome:
    """Runs the demo. Raises DemoError if it cannot go on; the stand-in is stopped in any case."""
    empty_folder(plan.out)
    with ExitStack() as stack:
        with screen.step("start_stand_in", "start the stand-in for Azure") as step:
            stand_in = stack.enter_context(running_stand_in(plan.app, plan.out))
            step.done(stand_in.functions)
        with screen.step("write_data", "put data into the lake") as step:
            data = _put_data(plan, stand_in, step)
            step.done(f"{data.events:,} readings to score{_faults(data)}")
        with screen.step("train_model", "train the model") as step:
            model = train_model(plan.pipeline, data.training, plan.app, plan.out)
            step.done(f"{model['trained']['keys']:,} keys, version {model['version']}")
        run, columns = _run(plan, data, stand_in, screen)
        with screen.step("read_scores", "read the scores from SQL") as step:
            scores = read_scores(plan.pipeline, [run.run_id], stand_in.state)
            step.done(f"{len(scores):,} rows of {plan.pipeline.output.table}")
        stream = None
        if plan.stream is not None:
            stage = Stage(plan.app, plan.out, stand_in, screen)
            stream = play_stream(plan.stream, plan.seed, stage)
        elif plan.file is not None:
            screen.line("[dim]- a file has no stream: the second act is left out[/]")
    found = evaluate(scores, data.faults, grid_of(plan.pipeline).size)
    return Outcome(
        plan.pipeline, data, model, run, scores, found, dict(screen.seconds), stream, columns
    )


def write_results(outcome: Outcome, out: Path) -> Path:
    """Writes `summary.json` and `report.html` into `out`; returns the report's path."""
    text = json.dumps(summary(outcome), indent=2)
    (out / "summary.json").write_text(f"{text}\n", encoding="utf-8")
    report = out / "report.html"
    report.write_text(report_html(outcome), encoding="utf-8")
    return report


def _faults(data: Data) -> str:
    return f", {len(data.faults)} faults made" if data.faults else ""


def _put_data(plan: Plan, stand_in: StandIn, step: Step) -> Data:
    with Lake(stand_in.blob) as lake:
        if plan.file is not None:
            return put_file(plan.file, plan.pipeline, lake)
        return generate(
            plan.pipeline,
            day=plan.day,
            events=plan.events,
            seed=plan.seed,
            folder=plan.out / "data",
            lake=lake,
            step=step,
        )


def _run(
    plan: Plan, data: Data, stand_in: StandIn, screen: Screen
) -> tuple[RunState, tuple[ColumnMeasure, ...]]:
    """Starts the run and shows how it goes until it has ended; then asks what it looked like."""
    title = f"run {plan.pipeline.name}"
    with RunClient(stand_in.functions) as client, screen.step("run", title) as step:
        run_id = client.start(plan.pipeline.name, data)
        for state in client.follow(run_id, stand_in.check):
            step.show(progress_table(state))
            screen.say_now_and_then(progress_line(state))
        columns = client.quality(run_id)
        step.done(f"{run_id}: {state.status}")
    for error in state.errors:
        screen.line(f"  [red]{escape(error)}[/]")
    return state, columns
