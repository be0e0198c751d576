"""A run whose windows are planned, for the activities that come after its jobs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from domain import lake_paths
from domain.messages import JobOrder
from domain.pipeline import Pipeline
from tests.adapters.scores_db.samples import batch, row, sample_order, sample_pipeline, sample_run
from tests.domain.notes import body, note
from tests.streams.memory_lake import MemoryLake

RUN = sample_run()
ROWS_PER_PART = 2


class Planned:
    """A run with one chunk of `parts` parts of two windows, and what its jobs leave."""

    def __init__(self, lake: MemoryLake, parts: int = 3, **spec: Any) -> None:
        self.lake = lake
        self.pipeline: Pipeline = sample_pipeline()
        merged = self.pipeline.model_dump(mode="json")
        for section, fields in spec.items():
            merged[section] |= fields
        self.pipeline = Pipeline.model_validate(merged)
        names = (RUN.pipeline, RUN.run_id)
        folder = lake_paths.chunk_folder(*names, 1, 1)
        written = [
            {"folder": folder, "path": lake_paths.part(folder, n), "rows": ROWS_PER_PART}
            for n in range(parts)
        ]
        other = lake_paths.chunk_folder(*names, 1, 2)
        written.append({"folder": other, "path": lake_paths.part(other, 0), "rows": 9})
        plan = [
            {"chunk": 1, "folder": folder, "rows": parts * ROWS_PER_PART},
            {"chunk": 2, "folder": other, "rows": 9},
        ]
        lake.write_json(lake_paths.pinned_pipeline(*names), merged)
        lake.write_json(lake_paths.written_note(*names, 1), written)
        lake.write_json(lake_paths.segment_note(*names, 1), plan)

    def order(self, attempt: int = 1) -> dict[str, Any]:
        """An attempt at the chunk."""
        return self.job(attempt).to_json()

    def job(self, attempt: int = 1) -> JobOrder:
        """The same as a message."""
        return sample_order(RUN, 1, attempt)

    def folder(self, attempt: int = 1) -> str:
        """Where an attempt writes."""
        return lake_paths.scores_folder(RUN.pipeline, RUN.run_id, 1, attempt)

    def scores(self, part: int, attempt: int = 1, rows: int = ROWS_PER_PART) -> None:
        """What a job writes about a part."""
        self.put(f"part-{part:03d}.scores.parquet", self.rows(part, rows), attempt)

    def rows(self, part: int, rows: int = ROWS_PER_PART) -> list[dict[str, Any]]:
        """The scores of a part."""
        return [row(f"d{part}-{n}") for n in range(rows)]

    def put(self, name: str, rows: Sequence[dict[str, Any]], attempt: int = 1) -> None:
        """A parquet file among the output of an attempt."""
        out = io.BytesIO()
        pq.write_table(pa.Table.from_batches([batch(rows)]), out)
        self.lake.write_bytes(self.folder(attempt) + name, out.getvalue())

    def note(self, part: int, attempt: int = 1, **columns: dict[str, Any]) -> None:
        """The quality note of a part."""
        path = f"{self.folder(attempt)}part-{part:03d}.quality.json"
        self.lake.write_bytes(path, body(note(**columns)))
