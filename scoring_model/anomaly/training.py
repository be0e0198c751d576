"""Trains the detectors of all keys: fits each key, and sets the thresholds, a range at a time.

Two passes over the windows: the first fits every key, the second measures how far windows are from
a fit that has not seen them, for which all keys' common covariance must be known. What is kept
between them are a few numbers per key, and one per window for the thresholds. The result depends on
the windows alone, not on the order of the rows, the number of processes, the clock or dice.

A global model is one fit to windows of all keys, in the order of keys: those it has not seen in
the second pass are then mostly of other keys, as those will be that it is used for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from anomaly.calibration import thresholds
from anomaly.detector import Detector
from anomaly.features import Feature, Floats, features_of
from anomaly.fit import KeyFit, shrink, whitening
from anomaly.learning import FEWEST_WINDOWS, FOLDS, Learned, learn, unseen
from anomaly.shards import Key, write_shards
from anomaly.workers import Workers, workers
from batch.errors import TrainingError
from batch.training import Progress, Trained, TrainingSpec
from batch.training_windows import KeyRange, TrainingWindows

OUTPUTS = {"score": "float", "threshold": "float", "is_anomaly": "boolean"}
FALSE_ALARM_RATE = 0.002
GLOBAL_WINDOWS = 400_000  # more than so many windows tell a single fit nothing new

Result = TypeVar("Result")
Task = Callable[[KeyRange], Result]


def train(
    windows: TrainingWindows, spec: TrainingSpec, folder: Path, progress: Progress
) -> Trained:
    """Writes the model's shards below `folder`.

    A key with fewer than FEWEST_WINDOWS usable windows gets no model. A window is usable if it has
    all features; a spread may be missing. Raises TrainingError if no key has enough of them.
    """
    features = features_of(spec.features, spec.log, spec.sqrt)
    passes = _Passes(windows, spec, progress)
    with workers(min(spec.processes, len(passes.ranges))) as pool:
        task = partial(_learn, passes.read, passes.keys, features)
        learned = list(passes.over(pool, task, share=1))
        fits = _fits(learned)
        common = np.mean([fit.covariance for _, _, fit in fits], axis=0)
        measure = partial(_unseen, passes.read, passes.keys, features, common)
        distances = [d for found in passes.over(pool, measure, share=FOLDS) for d in found]
    detector = _detector(fits, common, thresholds(distances, FALSE_ALARM_RATE), features)
    keys = [key for key, _, _ in fits]
    write_shards(folder, passes.keys, keys, detector)
    spans = [one.span for one in learned if one.span]
    used = sum(count for _, count, _ in fits)
    return Trained(
        outputs=OUTPUTS,
        keys=pd.DataFrame(keys, columns=list(spec.keys), dtype=str) if spec.per_key else None,
        span_from=min(first for first, _ in spans).isoformat(),
        span_to=max(last for _, last in spans).isoformat(),
        windows=used,
        windows_unused=windows.rows + windows.rows_without_key - used,
        keys_used=len(keys) if spec.per_key else windows.key_count,
        unused_keys=_unused(learned),
        quality=_quality(distances, detector.threshold),
    )


class _Passes:
    """Goes over the ranges of keys, and tells how far it is; a global model has one range."""

    def __init__(self, windows: TrainingWindows, spec: TrainingSpec, progress: Progress) -> None:
        self._count, self._progress, self._done = windows.key_count, progress, 0
        self.keys: tuple[str, ...]
        self.read: Task[pd.DataFrame]
        if spec.per_key:
            self.keys, self.ranges = spec.keys, windows.ranges()
            self.read = windows.reader.read
            return
        sample = windows.sample(GLOBAL_WINDOWS)
        self.keys, self.ranges = (), [KeyRange((), (), self._count, len(sample))]
        self.read = lambda _: sample  # one range is not sent to a process

    def over(self, pool: Workers, task: Task[Result], share: int) -> Iterator[Result]:
        """The results of all ranges in order; a pass is `share` of 1 + FOLDS of the work."""
        for wanted, result in zip(self.ranges, pool.map(task, self.ranges), strict=True):
            self._done += wanted.keys * share
            self._progress(self._done // (1 + FOLDS), self._count)
            yield result


def _learn(
    read: Task[pd.DataFrame], keys: Sequence[str], features: Sequence[Feature], wanted: KeyRange
) -> Learned:
    return learn(read(wanted), keys, features)


def _unseen(
    read: Task[pd.DataFrame],
    keys: Sequence[str],
    features: Sequence[Feature],
    common: Floats,
    wanted: KeyRange,
) -> list[Floats]:
    return unseen(read(wanted), keys, features, common)


def _fits(learned: Sequence[Learned]) -> list[tuple[Key, int, KeyFit]]:
    """The keys that have a fit, with the number of their windows."""
    every = [row for one in learned for row in zip(one.keys, one.windows, one.fits, strict=True)]
    fits = [(key, count, fit) for key, count, fit in every if fit is not None]
    if not fits:
        longest = max((count for _, count, _ in every), default=0)
        raise TrainingError(
            f"no key has {FEWEST_WINDOWS} usable windows to train on; the longest has {longest}"
        )
    return fits


def _detector(
    fits: Sequence[tuple[Key, int, KeyFit]],
    common: Floats,
    threshold: Floats,
    features: tuple[Feature, ...],
) -> Detector:
    white = [whitening(shrink(fit.covariance, common, count)) for _, count, fit in fits]
    return Detector(
        features=features,
        floor=np.array([fit.floor for _, _, fit in fits]),
        location=np.array([fit.location for _, _, fit in fits]),
        scale=np.array([fit.scale for _, _, fit in fits]),
        whitening=np.array(white),
        threshold=threshold,
    )


def _unused(learned: Sequence[Learned]) -> dict[str, list[str]]:
    """The keys without a fit, as `device-1/heat`, by the only cause there is."""
    names = [
        "/".join(key)
        for one in learned
        for key, fit in zip(one.keys, one.fits, strict=True)
        if fit is None
    ]
    return {f"fewer than {FEWEST_WINDOWS} usable windows": names} if names else {}


def _quality(distances: Sequence[Floats], threshold: Floats) -> dict[str, float]:
    """How often unseen windows were flagged, and quantiles of their scores."""
    alarms = sum(int((d > t).sum()) for d, t in zip(distances, threshold, strict=True))
    scores = np.concatenate(distances)
    quantiles = {f"score_p{q}": float(np.quantile(scores, q / 100)) for q in (50, 90, 99)}
    rounded = {name: round(value, 4) for name, value in quantiles.items()}
    return {"false_alarm_rate": round(alarms / len(scores), 6), **rounded}
