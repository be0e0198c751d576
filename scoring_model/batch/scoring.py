"""From a part to its scores: every row of a part comes back as one row, in the same order.

Batch by batch, so memory is bounded by BATCH_ROWS and not by the part. Nothing of the model is
touched but by the model itself: `predict` sees only rows with a key that the model knows.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from batch.answers import REJECTED_REASON, Answers, arrow_type
from batch.calls import Caller, Predict
from batch.errors import ModelContractError
from batch.folder import ModelFolder, read_known_keys, read_model_folder
from batch.known_keys import KnownKeys
from batch.quality import Notes
from batch.rejections import Rejections
from batch.windows import INSTANT, WINDOW_END, Batch, PartReader
from batch.writing import QUALITY_SUFFIX, SCORES_SUFFIX, scores_writer, write_note

BATCH_ROWS = 16_384
MODEL_VERSION = "model_version"


def open_scorer(model_dir: Path) -> Scorer:
    """Loads the model in `model_dir` (AZUREML_MODEL_DIR): once per worker process.

    Raises ModelFolderError if there is none, ModelContractError if its module is not there or
    lacks `load` or `predict`.
    """
    folder = read_model_folder(model_dir)
    try:
        module = importlib.import_module(folder.module)
    except ModuleNotFoundError as error:
        raise ModelContractError(folder.module, f"cannot be imported: {error}") from error
    for name in ("load", "predict"):
        if not callable(getattr(module, name, None)):
            raise ModelContractError(folder.module, f"must define {name}()")
    keys = read_known_keys(folder)
    known = None if keys is None else KnownKeys(keys)
    return Scorer(folder, module.load(folder.path), module.predict, known)


@dataclass(frozen=True)
class Scorer:
    """A model that is ready to score: its folder, what `load` gave, its `predict`, its keys."""

    folder: ModelFolder
    model: Any
    predict: Predict
    known: KnownKeys | None
    batch_rows: int = BATCH_ROWS

    def score_part(self, part: Path, output_dir: Path) -> str:
        """Scores `part` into `output_dir`: `STEM.scores.parquet` and `STEM.quality.json`.

        Returns one line: the part's name, its rows, and how many of them were rejected. Raises
        PartError if the part does not fit the model, ModelContractError if the model breaks the
        contract, OSError as `predict` raises it; then nothing is written.
        """
        caller = Caller(self.model, self.predict, part.name)
        notes = Notes(self.folder)
        with (
            PartReader(part, self.folder) as reader,
            scores_writer(output_dir / f"{part.stem}{SCORES_SUFFIX}", self._schema()) as writer,
        ):
            for batch in reader.batches(self.batch_rows):
                writer.write_batch(self._score(batch, caller, notes))
        write_note(output_dir / f"{part.stem}{QUALITY_SUFFIX}", notes.content())
        return f"{part.name} {notes.rows} {notes.rejected}"

    def _schema(self) -> pa.Schema:
        keys = [(name, pa.string()) for name in self.folder.keys]
        outputs = [(name, arrow_type(kind)) for name, kind in self.folder.outputs.items()]
        texts = [(name, pa.string()) for name in (MODEL_VERSION, REJECTED_REASON)]
        return pa.schema([*keys, (WINDOW_END, INSTANT), *outputs, *texts])

    def _score(self, batch: Batch, caller: Caller, notes: Notes) -> pa.RecordBatch:
        rejections = self._screen(batch)
        answers = Answers(self.folder, len(batch))
        rows = np.flatnonzero(~rejections.rejected)
        if rows.size:
            frame = batch.frame()
            if rows.size < len(batch):
                frame = frame.take(rows)
            for some, answer, reason in caller.answers(frame):
                if reason is None:
                    answers.take(answer, rows[some], rejections)
                else:
                    rejections.reject_rows(rows[some], reason)
        answers.finish(rejections)
        notes.add_features(batch.numbers())
        notes.add_outputs(answers.values, answers.there)
        notes.add_rows(len(batch), rejections.reasons)
        return pa.RecordBatch.from_pydict(
            {
                **batch.lineage,
                **answers.columns(),
                MODEL_VERSION: pa.repeat(pa.scalar(self.folder.version), len(batch)),
                REJECTED_REASON: rejections.column(),
            }
        )

    def _screen(self, batch: Batch) -> Rejections:
        """Rejects the rows that `predict` is not to see."""
        rejections = Rejections(len(batch))
        for name, column in batch.lineage.items():
            if column.null_count:
                missing = column.is_null().to_numpy(zero_copy_only=False)
                rejections.reject(missing, f"schema: {name} is missing")
        if self.known is not None:
            known = self.known.has(list(batch.keys.values()))
            rejections.reject(~known, "unknown key")
        return rejections
