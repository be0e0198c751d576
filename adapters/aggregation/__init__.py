"""Turns events into windows, with DuckDB, within a bounded memory.

`loading.py` brings events in, with `reading.py`, `csv_files.py` and `streams.py`; `parsing_sql.py`
checks them (`streams_sql.py` those of streams). `shapes_sql.py` says in SQL what
`domain/windows.py` says in Python; `windows_sql.py` and `aggregates_sql.py` make windows of it, and
`ready_made.py` takes windows as they stand. `engine.py` runs one slice; `parts.py` writes what came
out.
"""

from adapters.aggregation.engine import Limits, aggregate
from adapters.aggregation.loading import load_slice
from adapters.aggregation.parts import write_parquet, write_parts
from adapters.aggregation.scratch import scratch_folder

__all__ = ["Limits", "aggregate", "load_slice", "scratch_folder", "write_parquet", "write_parts"]
