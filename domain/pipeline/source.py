"""Where a pipeline's events come from: files in the lake, a SQL query, or ready-made windows.

Streams have a module of their own, `events.py`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from domain.durations import Duration
from domain.pipeline.base import ColumnName, Section, SourceColumn

DATE_FIELDS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H"}
QUERY_PARAMETERS = ("span_start", "span_end")


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            "must be a time zone of the IANA database, such as Europe/Berlin"
        ) from None
    return name


def _key_mapping(value: object) -> object:
    """`[device, sensor]` is short for `{device: device, sensor: sensor}`."""
    if not isinstance(value, list | dict) or not all(isinstance(name, str) for name in value):
        raise ValueError("must be a list of columns, or a mapping of our names to theirs")
    if len({name.lower() for name in value}) != len(value):
        raise ValueError("must not name a column twice")
    return {name: name for name in value} if isinstance(value, list) else value


def _lake_glob(path: str) -> str:
    fields = re.findall(r"\{([^}]*)\}", path)
    unknown = [f for f in fields if f not in DATE_FIELDS]
    if unknown:
        raise ValueError(f"must use no field but {{yyyy}} {{MM}} {{dd}} {{HH}}: {unknown}")
    if fields and set(fields) - {"HH"} != {"yyyy", "MM", "dd"}:
        raise ValueError("must use {yyyy}, {MM} and {dd} together, or none of them")
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError("must be a path inside the lake, without a leading / or ..")
    return path


LakeGlob = Annotated[
    str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_lake_glob)
]


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
Keys = Annotated[
    dict[ColumnName, SourceColumn],
    BeforeValidator(_key_mapping, json_schema_input_type=list[str] | dict[str, str]),
    Field(min_length=1, max_length=4),
]


class Readings(Section):
    """What every source tells about its events."""

    timestamp: SourceColumn = Field(description="The column that holds the instant of an event.")
    timestamp_unit: Literal["s", "ms", "us"] | None = Field(
        None, description="Set it when the timestamp is a number: its unit since 1970-01-01 UTC."
    )
    time_zone: TimeZone = Field("UTC", description="The zone of timestamps that do not name one.")
    key: Keys = Field(
        description="The columns that tell one series from another: a list, or ours: theirs. "
        "Keys are text; blanks around them do not count."
    )


class StoredReadings(Readings):
    """What sources tell whose events lie somewhere already."""

    duplicates: Literal["drop", "keep"] = Field(
        "drop",
        description="What happens to events that are equal in timestamp, key and every measure.",
    )
    on_empty: Literal["fail", "complete"] = Field(
        "fail", description="What a run does when its span holds no event."
    )


class LakeFiles(StoredReadings):
    """Parquet or CSV files in the lake."""

    path: LakeGlob = Field(
        description="A glob in the lake. {yyyy} {MM} {dd} {HH} stand for the date (and hour) of "
        "the events in the file, in `time_zone`; * for anything but /, ** for anything.",
        examples=["raw/fleet/date={yyyy}-{MM}-{dd}/*.parquet"],
    )
    format: Literal["parquet", "csv"] | None = Field(
        None, description="Default: by the file's ending (.parquet, .csv, .csv.gz, .tsv)."
    )
    delimiter: str = Field(",", min_length=1, max_length=1, description="Between CSV fields.")
    rows_per_slice: int = Field(
        5_000_000, ge=1_000, description="About how many rows one aggregation reads."
    )


class FilesSource(LakeFiles):
    """Events in files in the lake."""

    kind: Literal["files"]


class WindowsSource(LakeFiles):
    """Windows that somebody else has computed, such as a Stream Analytics job: files in the lake
    with the keys, the window's end (`timestamp`) and one column per aggregate, under its name."""

    kind: Literal["windows"]


class TableSource(StoredReadings):
    """The rows of a SQL query."""

    kind: Literal["table"]
    database: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
        description="The app setting that holds the database's SQLAlchemy URL. Not the URL itself.",
    )
    query: str = Field(
        description="A SELECT with :span_start and :span_end (UTC) as bound parameters. It must "
        "return the events after (or at, for closed: left) the start and up to the end.",
    )
    slice_span: Duration | None = Field(
        None, description="How much time one aggregation reads. Default: the whole span."
    )

    @model_validator(mode="after")
    def _reads_the_span(self) -> TableSource:
        missing = [p for p in QUERY_PARAMETERS if not re.search(rf":{p}\b", self.query)]
        if missing:
            raise ValueError(f"`query` must use :span_start and :span_end; missing: {missing}")
        if self.slice_span is not None and self.slice_span <= timedelta(0):
            raise ValueError("`slice_span` must be more than 0")
        return self
