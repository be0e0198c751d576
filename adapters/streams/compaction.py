"""Makes one file of an interval's many: a batch of events is small, and files cost per file.

1. Write the compacted file, under a name that depends on what is in it.
2. Write the note that says that it counts.
3. Delete what is in it: the small files, and the compacted file before.

It may end at any line: until the note is written the new file does not count; after it, the small
ones that are left over do not. The next time removes what does not count.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb

from adapters.aggregation.engine import Limits
from adapters.aggregation.streams_sql import EVENT_ID, files_sql
from adapters.lake import Lake
from adapters.streams.folders import list_intervals
from adapters.streams.reading import fetch
from domain.intervals import Interval
from domain.raw_files import COMPACTED_NOTE


def compact(lake: Lake, pipeline: str, interval: Interval, folder: Path, limits: Limits) -> int:
    """Compacts an interval; answers how many files became one (0: there was nothing to do).

    Others may read and land meanwhile; if another compacts as well, the note of one of them counts
    and the other changes nothing. Events that were delivered again are removed.
    Raises LakeError and TransientError.
    """
    found = list_intervals(lake, pipeline, [interval])
    if not found:
        return 0
    [files] = found
    for left in files.left_over:
        lake.delete(files.folder + left.name)
    if not files.small:
        return 0
    fetched = fetch(lake, pipeline, interval, files.paths, folder / "fetched")
    files = fetched.instead or files
    local = folder / "compacted.parquet"
    events = _merge(fetched.files, local, folder, limits)
    digest = hashlib.sha256("\n".join(sorted(files.paths)).encode()).hexdigest()[:16]
    name = f"compacted-{digest}.parquet"
    lake.upload(files.folder + name, local)
    note = {"file": name, "events": events, "coverage": files.coverage.to_json()}
    if not lake.write_json_if(files.folder + COMPACTED_NOTE, note, files.note_etag):
        return 0  # somebody else has compacted meanwhile: what was read here may be out of date
    for path in (*files.paths, *(files.folder + orphan for orphan in files.orphans)):
        if path != files.folder + name:
            lake.delete(path)
    return len(files.paths)


def _merge(paths: list[Path], target: Path, folder: Path, limits: Limits) -> int:
    """Writes the events of all files, each once, by partition and number; answers how many."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "threads": str(limits.threads),
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": "false",
    }
    with duckdb.connect(str(folder / "compaction.duckdb"), config=config) as database:
        database.execute("SET enable_progress_bar = false")
        database.execute(
            f"COPY (SELECT DISTINCT ON ({EVENT_ID}) * FROM {files_sql(paths)} ORDER BY {EVENT_ID}) "
            f"TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        )
        [row] = database.execute(f"SELECT count(*) FROM {files_sql([target])}").fetchall()
        return int(row[0])
