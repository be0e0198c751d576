"""What Azure ML calls: `init()` once per worker process, `run()` per mini-batch of files.

The contract (learn.microsoft.com, "Author scoring scripts for batch deployments"): the model is in
AZUREML_MODEL_DIR; with `output_action: summary_only`, predictions are files in
AZUREML_BI_OUTPUT_PATH, a folder that all workers share; `run()` returns at least one element per
file, or the mini-batch has failed.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from anomaly.bundle import Bundle, load
from anomaly.parts import score_part

logger = logging.getLogger("scoring_model")

_bundle: Bundle | None = None


def init() -> None:
    """Loads the model. Raises BundleError if AZUREML_MODEL_DIR holds none."""
    global _bundle
    _bundle = load(Path(os.environ["AZUREML_MODEL_DIR"]))
    keys = len(_bundle.detector.keys)
    logger.info("model %s %s with %d keys", _bundle.name, _bundle.version, keys)


def run(mini_batch: list[str]) -> list[str]:
    """Scores each file of the mini-batch; returns "name rows rejected" for each.

    Raises PartError, which fails the mini-batch, if a file lacks a column of the model.
    """
    if _bundle is None:
        raise RuntimeError("init() must be called before run()")
    output = Path(os.environ["AZUREML_BI_OUTPUT_PATH"])
    return [score_part(Path(path), _bundle, output) for path in mini_batch]
