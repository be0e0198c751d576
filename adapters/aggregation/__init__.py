"""Turns events into windows, with DuckDB, within a bounded memory.

`loading.py` brings events in, with `reading.py` and `csv_files.py`; `parsing_sql.py` checks them;
`windows_sql.py` says in SQL what `domain/windows.py` says in Python; `engine.py` runs one slice;
`parts.py` writes what came out.
"""

from adapters.aggregation.engine import Limits, aggregate
from adapters.aggregation.loading import load_slice
from adapters.aggregation.parts import write_parquet, write_parts
from adapters.aggregation.scratch import scratch_folder

__all__ = ["Limits", "aggregate", "load_slice", "scratch_folder", "write_parquet", "write_parts"]
