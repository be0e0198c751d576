"""The classifier on disk and at work: gradient-boosted trees over the features of a window.

Trees take features on any scale and missing ones as they are, so there is nothing to prepare. The
trees are stored by joblib, as scikit-learn advises; such a file is code, and fits one version of
scikit-learn, so it is refused by another.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import joblib  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import InconsistentVersionWarning

from batch.errors import ModelFolderError
from batch.training import SHARDS

TREES_NAME, FACTS_NAME = "trees.joblib", "classifier.json"


@dataclass(frozen=True)
class Facts:
    """What is known of the trees.

    `threshold` is the least probability that is told as a failure, `horizon_hours` how far ahead
    they look.
    """

    features: tuple[str, ...]
    threshold: float
    horizon_hours: float
    scikit_learn: str = sklearn.__version__


@dataclass(frozen=True)
class Classifier:
    """A fitted classifier."""

    trees: HistGradientBoostingClassifier
    facts: Facts


def save(classifier: Classifier, folder: Path) -> None:
    """Writes the classifier below `folder`: the same classifier, the same bytes."""
    shards = folder / SHARDS
    shards.mkdir(parents=True, exist_ok=True)
    joblib.dump(classifier.trees, shards / TREES_NAME, protocol=5)
    facts = json.dumps(asdict(classifier.facts), indent=1) + "\n"
    (shards / FACTS_NAME).write_text(facts, encoding="utf-8")


def load(folder: Path) -> Classifier:
    """Reads the classifier in a model folder.

    Raises ModelFolderError if it is damaged, or of another version of scikit-learn.
    """
    shards = folder / SHARDS
    try:
        content = json.loads((shards / FACTS_NAME).read_text(encoding="utf-8"))
        facts = Facts(**{**content, "features": tuple(content["features"])})
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            return Classifier(joblib.load(shards / TREES_NAME), facts)
    except InconsistentVersionWarning as error:
        problem = f"needs scikit-learn {error.original_sklearn_version}; got {sklearn.__version__}"
        raise ModelFolderError(shards / TREES_NAME, problem) from error
    except Exception as error:  # whatever unpickling a damaged file raises
        raise ModelFolderError(shards, f"cannot be read: {error!r}") from error


def predict(model: Classifier, windows: pd.DataFrame) -> pd.DataFrame:
    """`failure_probability` of each window, and `will_fail` where it reaches the threshold.

    A feature may be missing; a window without any is rejected.
    """
    features = windows[list(model.facts.features)].to_numpy(dtype=np.float64)
    probability = model.trees.predict_proba(features)[:, 1]
    reasons = np.full(len(windows), None, dtype=object)
    reasons[np.isnan(features).all(axis=1)] = "no feature has a value"
    return pd.DataFrame(
        {
            "failure_probability": probability,
            "will_fail": probability >= model.facts.threshold,
            "rejected_reason": reasons,
        },
        index=windows.index,
    )
