"""A pipeline: one scoring problem, as one file says it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from domain.pipeline.base import ColumnName, Section
from domain.pipeline.chunks import Chunks
from domain.pipeline.events import EventsSource
from domain.pipeline.model import Model
from domain.pipeline.output import Output
from domain.pipeline.quality import Quality
from domain.pipeline.schedule import Schedule
from domain.pipeline.source import FilesSource, TableSource, WindowsSource
from domain.pipeline.windows import (
    Aggregate,
    CountAggregate,
    CountWhereAggregate,
    Windows,
)

Source = Annotated[
    FilesSource | TableSource | EventsSource | WindowsSource, Field(discriminator="kind")
]
PIPELINE_NAME = r"^[a-z][a-z0-9_]{0,39}$"


def _cron_alone(value: object) -> object:
    """`schedule: 0 30 1 * * *` is short for `schedule: {cron: ...}`."""
    return {"cron": value} if isinstance(value, str) else value


class Pipeline(Section):
    """One scoring problem: source, windows, aggregates, model, output, and when to run."""

    name: Annotated[str, StringConstraints(pattern=PIPELINE_NAME)] = Field(
        description="Also the name of the file; small letters, digits and underscores."
    )
    description: str = ""
    source: Source
    windows: Windows
    aggregates: dict[ColumnName, Aggregate] = Field(
        min_length=1, max_length=200, description="The model's features: name, and how computed."
    )
    model: Model
    chunks: Chunks = Chunks()
    output: Output
    quality: Quality = Quality()
    schedule: (
        Annotated[Schedule, BeforeValidator(_cron_alone, json_schema_input_type=Schedule | str)]
        | None
    ) = None

    @model_validator(mode="after")
    def _columns_are_distinct(self) -> Pipeline:
        for what, names in {
            "aggregates": [*self.source.key, *self.aggregates],
            "output.columns": [*self.source.key, *self.output.columns],
        }.items():
            twice = [n for n, count in Counter(map(str.lower, names)).items() if count > 1]
            if twice:
                raise ValueError(f"`{what}` must not repeat each other or a key: {twice}")
        return self

    @model_validator(mode="after")
    def _columns_have_one_type(self) -> Pipeline:
        both = sorted(self.numeric_columns & self.text_columns)
        if both:
            raise ValueError(f"`aggregates` must not use a column as number and as text: {both}")
        return self

    @model_validator(mode="after")
    def _columns_differ_in_more_than_case(self) -> Pipeline:
        counted = Counter(map(str.lower, self.source_columns))
        alike = sorted(column for column in self.source_columns if counted[column.lower()] > 1)
        if alike:
            raise ValueError(f"`aggregates` must not use columns that differ in case only: {alike}")
        return self

    @model_validator(mode="after")
    def _plain_predictions_are_whole(self) -> Pipeline:
        plain = self.model.predictions
        if plain is not None:
            needed = [*self.source.key, "window_end", *self.output.columns]
            missing = [name for name in needed if name not in plain.columns]
            if missing:
                raise ValueError(
                    "`model.predictions.columns` must name the keys, window_end and all of "
                    f"`output.columns`; missing: {missing}"
                )
        return self

    @model_validator(mode="after")
    def _quality_is_about_known_columns(self) -> Pipeline:
        known = {*self.aggregates, *self.output.columns}
        unknown = sorted(set(self.quality.columns) - known)
        if unknown:
            raise ValueError(
                f"`quality.columns` must be features or output columns; unknown: {unknown}"
            )
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of the key columns, as Windrow writes them."""
        return tuple(self.source.key)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the aggregates, in the order of the file."""
        return tuple(self.aggregates)

    @property
    def numeric_columns(self) -> set[str]:
        """Source columns that are read as numbers."""
        return {c for c, numeric in self._typed_columns() if numeric}

    @property
    def text_columns(self) -> set[str]:
        """Source columns that are read as text, apart from keys."""
        return {c for c, numeric in self._typed_columns() if not numeric}

    @property
    def reach_us(self) -> int:
        """How far before a window's end lies what decides about it; 0 if it is ready-made."""
        return 0 if isinstance(self.source, WindowsSource) else self.windows.reach_us

    @property
    def lookback(self) -> timedelta:
        """The same as a length of time."""
        return timedelta(microseconds=self.reach_us)

    def _typed_columns(self) -> list[tuple[str, bool]]:
        if isinstance(self.source, WindowsSource):
            return [(name, True) for name in self.aggregates]
        found = []
        for aggregate in self.aggregates.values():
            if isinstance(aggregate, CountWhereAggregate):
                found.append((aggregate.where.column, aggregate.where.is_numeric))
            elif isinstance(aggregate, CountAggregate):
                continue  # what is only counted may be of any type: see `counted_columns`
            else:
                found.append((aggregate.column, True))
        return found

    @property
    def counted_columns(self) -> set[str]:
        """Source columns whose presence alone matters."""
        if isinstance(self.source, WindowsSource):
            return set()
        counted = {
            a.column for a in self.aggregates.values() if isinstance(a, CountAggregate) and a.column
        }
        return counted - self.numeric_columns - self.text_columns

    @property
    def measures(self) -> list[str]:
        """The source columns that aggregates look at, or find themselves ready-made in, sorted."""
        return sorted(self.numeric_columns | self.text_columns | self.counted_columns)

    @property
    def source_columns(self) -> list[str]:
        """Every source column that is read, once: timestamp, keys, measures."""
        columns = [self.source.timestamp, *self.source.key.values(), *self.measures]
        return list(dict.fromkeys(columns))
