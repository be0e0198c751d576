"""How `scoring_model/train.py` is called for a pipeline: it is a stranger, so by its arguments."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from domain.pipeline import Pipeline

SCALES = {"std": "--log", "count": "--sqrt", "count_where": "--sqrt"}
"""Spreads and counts are told to the trainer, which looks at them on other scales."""


def trainer_command(
    pipeline: Pipeline, scoring_model: Path, windows: Path, out: Path, *, kind: str
) -> list[str]:
    """The command line that trains a model of `kind` on the files in `windows` into `out`."""
    command = [sys.executable, os.fspath(scoring_model / "train.py")]
    command += ["--windows", os.fspath(windows), "--out", os.fspath(out), "--model", kind]
    command += ["--key", ",".join(pipeline.keys), "--features", ",".join(pipeline.features)]
    for option in dict.fromkeys(SCALES.values()):
        names = [n for n, a in pipeline.aggregates.items() if SCALES.get(a.function) == option]
        if names:
            command += [option, ",".join(names)]
    return command
