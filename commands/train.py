"""`train`: a model for a pipeline, from the windows of a span.

1. The app makes the windows, from the pipeline's source, by the code that its runs use.
2. They are fetched from the lake.
3. `scoring_model/train.py` makes the model folder of them.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from commands.app_api import AppApi
from commands.deployments import deployment_of
from commands.errors import CommandError, UsageError
from commands.lake_files import download_folder
from commands.pipelines import pipeline_named
from commands.trainer import trainer_command
from commands.training_windows import made_windows
from domain.pipeline import Pipeline

SCORING_MODEL = Path(__file__).resolve().parent.parent / "scoring_model"
DEFAULT_TRAINER = "anomaly"


def train(options: argparse.Namespace, key: str | None) -> int:
    """Trains a model. Answers the trainer's exit code.

    Raises UsageError, CommandError.
    """
    pipeline = pipeline_named(options.pipeline, options.pipelines)
    out, trainer = _target(pipeline, options)
    span = _span(options)
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="windrow-train-") as temporary:
        windows = Path(temporary)
        with AppApi(options.app, key) as api, console.status("asking the app") as status:

            def told(custom: Mapping[str, Any]) -> None:
                status.update(_words(custom))

            made = made_windows(
                api,
                pipeline.name,
                span,
                input=options.input,
                fresh=options.fresh,
                progress=told,
            )
            count = download_folder(
                options.state,
                made.folder,
                windows,
                lambda done, of: status.update(f"fetching windows: {done} of {of} files"),
            )
        rows = made.counts.get("windows", 0)
        told_rows = f"{rows:,} windows in {count:,} files of {made.folder}"
        console.print(told_rows, highlight=False, soft_wrap=True)
        if not rows:
            raise CommandError("there are no windows to train on in this span")
        return subprocess.run(
            _command(pipeline, options, trainer, windows, out), check=False
        ).returncode


def _target(pipeline: Pipeline, options: argparse.Namespace) -> tuple[Path, str]:
    """Where the model goes, and what trains it: the deployment's, unless options say so."""
    if options.out is not None:
        return options.out, options.model or DEFAULT_TRAINER
    found = deployment_of(pipeline, SCORING_MODEL)
    return found.model, options.model or found.trainer or DEFAULT_TRAINER


def _span(options: argparse.Namespace) -> tuple[datetime, datetime]:
    start: datetime = options.start
    end: datetime = options.end
    if not start < end:
        raise UsageError(f"--from must be before --to; got {start} and {end}")
    return start, end


def _words(custom: Mapping[str, Any]) -> str:
    counts = custom.get("counts") or {}
    done = f"{counts.get('slices_done', 0)} of {counts.get('slices', '?')} slices"
    return f"{custom.get('stage')}: {done}, {counts.get('windows', 0):,} windows"


def _command(
    pipeline: Pipeline, options: argparse.Namespace, kind: str, windows: Path, out: Path
) -> list[str]:
    command = trainer_command(pipeline, SCORING_MODEL, windows, out, kind=kind)
    if options.seed is not None:
        command += ["--seed", str(options.seed)]
    if options.labels is not None:
        command += ["--labels", str(options.labels)]
    if options.whole:
        command += ["--global"]
    return command
