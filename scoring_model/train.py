"""Trains a model folder from files of windows. What one types, or a job runs:

    python scoring_model/train.py --windows out/windows --key device,sensor \\
        --features value_mean,value_std,value_min,value_max,value_count \\
        --out scoring_model/models/fleet

The fitting itself is `anomaly/training.py`; this file reads arguments and parquet.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from anomaly.bundle import Bundle, default_version, save
from anomaly.errors import ModelError, TrainingError
from anomaly.features import Feature, features_of
from anomaly.training import train

logger = logging.getLogger("scoring_model.train")


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains and saves a model; the exit code is 0, or 2 if there is no model to be had."""
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    options = _parser().parse_args(arguments)
    try:
        features = features_of(options.features, options.log, options.sqrt)
        bundle = train_bundle(options.windows, options.key, features, options.out.name)
    except (ModelError, ValueError) as error:
        logger.error("train: %s", error)
        return 2
    if options.version:
        bundle = Bundle(bundle.name, options.version, bundle.detector, bundle.training)
    save(bundle, options.out)
    facts = bundle.training
    logger.info(
        "model %s %s: %d keys from %d windows, false alarms in training %.2f %%",
        *(bundle.name, bundle.version, facts["keys"], facts["windows"]),
        100 * facts["false_alarm_rate"],
    )
    return 0


def train_bundle(
    sources: Sequence[Path], keys: Sequence[str], features: Sequence[Feature], name: str
) -> Bundle:
    """Trains on the windows in `sources`: parquet files, or folders of them at any depth.

    Raises TrainingError if there are none, or they lack columns.
    """
    windows = read_windows(sources, [*keys, "window_end", *(f.name for f in features)])
    detector, report = train(windows, keys, features)
    version = default_version(detector, report.span_to)
    return Bundle(name, version, detector, asdict(report))


def read_windows(sources: Sequence[Path], columns: Sequence[str]) -> pd.DataFrame:
    """The `columns` of all parquet files in `sources`, one frame."""
    files = [f for s in sources for f in (sorted(s.rglob("*.parquet")) if s.is_dir() else [s])]
    if not files:
        raise TrainingError(f"no parquet file in {', '.join(map(str, sources))}")
    frames = []
    for file in files:
        if not file.is_file():
            raise TrainingError(f"{file}: there is no such file")
        missing = sorted(set(columns) - set(pq.read_schema(file).names))
        if missing:
            raise TrainingError(f"{file}: lacks the columns {', '.join(missing)}")
        frames.append(pq.read_table(file, columns=list(columns)).to_pandas())
    windows: pd.DataFrame = pd.concat(frames, ignore_index=True)
    return windows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train.py", description="Trains an anomaly detector.")
    parser.add_argument("--windows", type=Path, nargs="+", required=True, metavar="PATH")
    _add_names(parser, "--key", "key columns", required=True)
    _add_names(parser, "--features", "feature columns", required=True)
    _add_names(parser, "--log", "features that are spreads")
    _add_names(parser, "--sqrt", "features that are counts")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="model folder")
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
