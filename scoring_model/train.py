"""Trains a model folder from files of windows. What one types, or a job runs:

    python scoring_model/train.py --windows out/windows --key device,sensor \\
        --features value_mean,value_std,value_min,value_max,value_count \\
        --out scoring_model/models/fleet

`--model` names the package that learns: its `training.py` does so, its `load` and `predict` then
score. This file reads arguments, and writes the folder and what the training windows look like.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pandas as pd

from batch.errors import BatchError, TrainingError
from batch.saving import Description, write_model_folder
from batch.statistics import training_statistics
from batch.training import Progress, Trained, TrainingSpec
from batch.training_progress import ProgressLine
from batch.training_windows import TrainingWindows

STATISTICS_WINDOWS = 200_000
MANY_KEYS = 2_000  # fewer are trained before other processes have started
NAMES_SHOWN = 5

logger = logging.getLogger("scoring_model.train")


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains and saves a model; the exit code is 0, or 2 if there is no model to be had."""
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    options = _parser().parse_args(arguments)
    begin = time.monotonic()
    try:
        windows = TrainingWindows(options.windows, options.key, options.features)
        spec = TrainingSpec(
            name=options.out.name,
            keys=tuple(options.key),
            features=tuple(options.features),
            seed=options.seed,
            per_key=not options.all_keys,
            processes=options.processes or _processes(windows.key_count),
            labels=options.labels,
            log=tuple(options.log),
            sqrt=tuple(options.sqrt),
        )
        folder, trained = train_model(
            options.model, windows, spec, options.out, ProgressLine(), options.version
        )
    except (BatchError, ValueError) as error:
        logger.error("train: %s", error)
        return 2
    for line in summary(trained):
        logger.info("  %s", line)
    seconds = time.monotonic() - begin
    logger.info("model %s %s in %s, %.0f s", spec.name, folder.name, folder, seconds)
    return 0


def train_model(
    model: str,
    windows: TrainingWindows,
    spec: TrainingSpec,
    out: Path,
    progress: Progress,
    version: str | None = None,
) -> tuple[Path, Trained]:
    """Trains with package `model`, and writes a version of it into `out`, in use from now on.

    Returns the version's folder and what came of the training. Raises TrainingError if the windows
    do not suffice, ModelFolderError if `version` is there already with another content.
    """
    package, training = _packages(model)
    with tempfile.TemporaryDirectory(prefix="training-") as name:
        folder = Path(name)
        trained: Trained = training.train(windows, spec, folder, progress)
        sample = windows.sample(STATISTICS_WINDOWS)
        answer: pd.DataFrame = package.predict(package.load(folder), sample)
        seen = sample[list(spec.features)].join(answer[list(trained.outputs)])

        def content(place: Path) -> None:
            shutil.copytree(folder, place, dirs_exist_ok=True)

        description = Description(
            name=spec.name,
            module=model,
            keys=spec.keys,
            features=spec.features,
            outputs=trained.outputs,
            code=code_hash(model),
            seed=spec.seed,
            trained=trained.facts(),
        )
        written = write_model_folder(
            out,
            description,
            training_statistics(seen, spec.features, trained.outputs),
            content,
            known_keys=trained.keys,
            version=version,
        )
    return written, trained


def summary(trained: Trained) -> list[str]:
    """What came of a training, for people: a line per fact."""
    kind = "a model for each" if trained.keys is not None else "one model for all"
    lines = [
        f"keys      {trained.keys_used:,}, {kind}",
        f"windows   {trained.windows:,} used, {trained.windows_unused:,} not",
        f"span      {trained.span_from} to {trained.span_to}",
    ]
    for why, names in trained.unused_keys.items():
        shown = ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "")
        lines.append(f"no model  {len(names):,} keys, {why}: {shown}")
    return lines + [f"quality   {name} {value:g}" for name, value in trained.quality.items()]


def code_hash(model: str) -> str:
    """Tells one state of the code that scores with a model from another: twelve digits."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(file for name in ("batch", model) for file in (here / name).glob("*.py")):
        digest.update(file.relative_to(here).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def _packages(model: str) -> tuple[ModuleType, ModuleType]:
    """What scores and what learns."""
    if (
        not model.isidentifier()
        or find_spec(model) is None
        or find_spec(f"{model}.training") is None
    ):
        raise TrainingError(f"`--model` must name a package with a training.py; got {model!r}")
    return importlib.import_module(model), importlib.import_module(f"{model}.training")


def _processes(keys: int) -> int:
    """One per core, if there are keys enough for that."""
    return (os.cpu_count() or 1) if keys >= MANY_KEYS else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train.py", description="Trains a model folder.")
    parser.add_argument("--windows", type=Path, nargs="+", required=True, metavar="PATH")
    _add_names(parser, "--key", "key columns", required=True)
    _add_names(parser, "--features", "feature columns", required=True)
    _add_names(parser, "--log", "features that are spreads")
    _add_names(parser, "--sqrt", "features that are counts")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="model folder")
    parser.add_argument("--model", default="anomaly", help="the package that learns (anomaly)")
    parser.add_argument("--seed", type=int, default=0, help="of everything random (0)")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="what is known of the past")
    parser.add_argument("--global", dest="all_keys", action="store_true", help="one for all keys")
    parser.add_argument("--processes", type=int, metavar="N", help="default: the cores, if needed")
    parser.add_argument("--version", help="default: day and hash of the model")
    return parser


def _add_names(
    parser: argparse.ArgumentParser, option: str, meaning: str, *, required: bool = False
) -> None:
    parser.add_argument(
        option, type=_names, default=[], required=required, metavar="A,B", help=meaning
    )


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


if __name__ == "__main__":
    raise SystemExit(main())
