"""What Azure ML calls: `init()` once per worker process, `run()` per mini-batch of files.

The contract (learn.microsoft.com, "Author scoring scripts for batch deployments"): the model is in
AZUREML_MODEL_DIR; with `output_action: summary_only`, predictions are files in
AZUREML_BI_OUTPUT_PATH, a folder that all workers share; `run()` returns at least one element per
file, or the mini-batch has failed. What a model must be, says README.md.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from batch.scoring import Scorer, open_scorer

logger = logging.getLogger("scoring_model")

_scorer: Scorer | None = None


def init() -> None:
    """Loads the model that AZUREML_MODEL_DIR holds. Raises BatchError if it cannot be used."""
    global _scorer
    _scorer = open_scorer(Path(os.environ["AZUREML_MODEL_DIR"]))
    folder = _scorer.folder
    logger.info("model %s %s, module %s", folder.name, folder.version, folder.module)


def run(mini_batch: list[str]) -> list[str]:
    """Scores each file of the mini-batch; returns "name rows rejected" for each.

    Raises PartError, which fails the mini-batch, if a file lacks a column of the model.
    """
    if _scorer is None:
        raise RuntimeError("init() must be called before run()")
    output = Path(os.environ["AZUREML_BI_OUTPUT_PATH"])
    return [_scorer.score_part(Path(path), output) for path in mini_batch]
