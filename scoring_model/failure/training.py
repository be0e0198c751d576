"""Trains the failure classifier: labels the windows, tries it on the last ones, fits it on all.

Windows overlap, and what a window is labelled with lies HORIZON_HOURS ahead. So windows are held
out by time, with a gap of that length before them: nothing learned from is known to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, precision_recall_curve
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from batch.errors import TrainingError
from batch.training import Progress, Trained, TrainingSpec
from batch.training_windows import TrainingWindows
from failure.classifier import Classifier, Facts, save
from failure.labels import read_failures, time_to_failure

HORIZON_HOURS = 24.0
HELD_OUT_SHARE = 0.25
MOST_WINDOWS = 1_000_000
FEWEST_OF_A_KIND = 20

OUTPUTS = {"failure_probability": "float", "will_fail": "boolean"}

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Examples:
    """Windows to learn from: `features` (n, F), `fails` (n,), `end` (n,) in hours since 1970."""

    features: Floats
    fails: Flags
    end: Floats

    def where(self, kept: Flags) -> Examples:
        """Those of the examples that are kept."""
        return Examples(self.features[kept], self.fails[kept], self.end[kept])


def train(
    windows: TrainingWindows, spec: TrainingSpec, folder: Path, progress: Progress
) -> Trained:
    """Fits a classifier to `windows` and the failures in `spec.labels`: one for all keys, always.

    Of more than MOST_WINDOWS windows, so many are used. Windows whose next HORIZON_HOURS are not
    over by the last window end are not: nobody knows yet. Raises TrainingError if there are no
    labels, or too few windows of a kind before or after the time from which they are held out.
    """
    if spec.labels is None:
        raise TrainingError("`labels` must name a file of failures; got none")
    frame = windows.sample(MOST_WINDOWS)
    known, examples = _examples(frame, read_failures(spec.labels, spec.keys), spec)
    threshold, quality = _try_out(examples, spec.seed)
    trees = _fit(examples, spec.seed)
    save(Classifier(trees, Facts(spec.features, threshold, HORIZON_HOURS)), folder)
    machines = len(windows.keys)
    progress(machines, machines)
    used = frame.loc[known, "window_end"]
    return Trained(
        outputs=OUTPUTS,
        keys=None,
        span_from=used.min().isoformat(),
        span_to=used.max().isoformat(),
        windows=int(known.sum()),
        windows_unused=windows.rows + windows.rows_without_key - int(known.sum()),
        keys_used=machines,
        quality={"horizon_hours": HORIZON_HOURS, "threshold": round(threshold, 6), **quality},
    )


def _examples(
    frame: pd.DataFrame, failures: pd.DataFrame, spec: TrainingSpec
) -> tuple[Flags, Examples]:
    """Which windows can be labelled, and those."""
    away = time_to_failure(frame, failures, spec.keys)
    end = frame["window_end"].to_numpy(dtype="datetime64[us]").astype(np.float64) / 3.6e9
    fails = away <= HORIZON_HOURS
    known = fails | (end + HORIZON_HOURS <= end.max())
    features = frame[list(spec.features)].to_numpy(dtype=np.float64)
    return known, Examples(features, fails, end).where(known)


def _try_out(examples: Examples, seed: int) -> tuple[float, dict[str, float]]:
    """The threshold with the best F1 on windows that were held out, and how good that is."""
    split = float(np.quantile(examples.end, 1.0 - HELD_OUT_SHARE))
    before = examples.where(examples.end + HORIZON_HOURS <= split)
    after = examples.where(examples.end > split)
    for name, some in (("before", before), ("after", after)):
        fewest = min(int(some.fails.sum()), int((~some.fails).sum()))
        if fewest < FEWEST_OF_A_KIND:
            raise TrainingError(
                f"there must be {FEWEST_OF_A_KIND} windows each with and without a failure within "
                f"{HORIZON_HOURS:g} h {name} the last {HELD_OUT_SHARE:.0%} of the span are held "
                f"out; got {fewest}"
            )
    probability = _fit(before, seed).predict_proba(after.features)[:, 1]
    precision, recall, thresholds = precision_recall_curve(after.fails, probability)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = int(np.argmax(f1[:-1]))
    quality = {
        "average_precision": average_precision_score(after.fails, probability),
        "precision": precision[best],
        "recall": recall[best],
        "failing_share": after.fails.mean(),
    }
    return float(thresholds[best]), {name: round(float(x), 4) for name, x in quality.items()}


def _fit(examples: Examples, seed: int) -> HistGradientBoostingClassifier:
    """Small trees, many of them, and no early stopping: that would hold out windows by dice."""
    classifier = HistGradientBoostingClassifier(
        learning_rate=0.08,
        max_iter=120,
        max_leaf_nodes=15,
        min_samples_leaf=20,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1, user_api="openmp"):  # how many there were is stored with the trees
        return classifier.fit(examples.features, examples.fails)
