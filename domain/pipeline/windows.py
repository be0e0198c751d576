"""How events become windows: the window's shape, and what is computed in each."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from domain.durations import Duration, microseconds
from domain.pipeline.base import Section, SourceColumn

LONGEST = timedelta(days=7)


class GridWindows(Section):
    """What tumbling and hopping windows share: they end on a grid."""

    size: Duration = Field(description="How much time one window covers; at most 7d.")
    offset: Duration = Field(timedelta(0), description="Moves the grid that windows end on.")
    closed: Literal["right", "left"] = Field(
        "right", description="Which boundary belongs to a window. Stream Analytics: right."
    )

    @model_validator(mode="after")
    def _lengths_make_sense(self) -> GridWindows:
        if not timedelta(0) < self.size <= LONGEST:
            raise ValueError("`size` must be more than 0 and at most 7d")
        if not self.offset < self.hop_length:
            raise ValueError("`offset` must be less than the distance of two windows")
        return self

    @property
    def hop_length(self) -> timedelta:
        """The distance between the ends of two windows."""
        return self.size

    @property
    def size_us(self) -> int:
        """The window's size in microseconds."""
        return microseconds(self.size)

    @property
    def reach_us(self) -> int:
        """How far before a window's end the events lie that decide about it, in microseconds."""
        return self.size_us

    @property
    def hop_us(self) -> int:
        """The distance between two windows in microseconds."""
        return microseconds(self.hop_length)

    @property
    def offset_us(self) -> int:
        """The grid's offset in microseconds."""
        return microseconds(self.offset)


class TumblingWindows(GridWindows):
    """Windows that follow each other without gap or overlap."""

    kind: Literal["tumbling"]


class HoppingWindows(GridWindows):
    """Windows that overlap: one of `size` at every `hop`."""

    kind: Literal["hopping"]
    hop: Duration = Field(description="How far apart two windows end; at most `size`.")

    @model_validator(mode="after")
    def _hop_fits(self) -> HoppingWindows:
        if not timedelta(0) < self.hop <= self.size:
            raise ValueError("`hop` must be more than 0 and at most `size`")
        return self

    @property
    def hop_length(self) -> timedelta:
        """The distance between the ends of two windows."""
        return self.hop


class FreeWindows(Section):
    """What session and snapshot windows share: events decide where they end, not a grid."""

    @property
    def hop_us(self) -> int:
        """Windows may end at any microsecond."""
        return 1

    @property
    def offset_us(self) -> int:
        """There is no grid to move."""
        return 0


class SessionWindows(FreeWindows):
    """Windows that last as long as events of a key follow each other within `timeout`."""

    kind: Literal["session"]
    timeout: Duration = Field(description="A session ends when no event came for so long.")
    max_duration: Duration = Field(
        description="At multiples of this length since the zero hour, a session that has lasted "
        "this long is ended, and the next one begins there."
    )

    @model_validator(mode="after")
    def _lengths_make_sense(self) -> SessionWindows:
        if not timedelta(0) < self.max_duration <= LONGEST:
            raise ValueError("`max_duration` must be more than 0 and at most 7d")
        if not timedelta(0) < self.timeout <= self.max_duration:
            raise ValueError("`timeout` must be more than 0 and at most `max_duration`")
        return self

    @property
    def timeout_us(self) -> int:
        """The timeout in microseconds."""
        return microseconds(self.timeout)

    @property
    def max_duration_us(self) -> int:
        """The maximum duration in microseconds."""
        return microseconds(self.max_duration)

    @property
    def reach_us(self) -> int:
        """How far before a window's end the events lie that decide about it, in microseconds.

        Let D be `max_duration`, and all events after s - 2 D - timeout be read. Then the sessions
        that end after s come out right, although the activity may have begun long before:

        * If the first event f of an activity, as it is read, is later than s - 2 D, then an event
          that came before it within the timeout would have been read. So it did begin there.
        * Otherwise its first cut, as computed, is the first multiple of D at or after f + D, which
          is before f + 2 D, so at or before s. Had it begun earlier, then it would have been cut
          at this multiple, too, and at every later one in either case. So what differs ends
          at or before s, and the sessions after it are the same.
        """
        return 2 * self.max_duration_us + self.timeout_us


class SnapshotWindows(FreeWindows):
    """Windows of no length: all events of a key with the same timestamp."""

    kind: Literal["snapshot"]

    @property
    def reach_us(self) -> int:
        """How far before a window's end the events lie that decide about it, in microseconds."""
        return 0


Windows = Annotated[
    TumblingWindows | HoppingWindows | SessionWindows | SnapshotWindows,
    Field(discriminator="kind"),
]

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]


def _number_or_text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError('must be a number or text; text such as "true" needs its quotes')
    return value


class Condition(Section):
    """A comparison of a column with a constant; a missing value never satisfies it."""

    column: SourceColumn
    op: Comparison
    value: Annotated[float | str, BeforeValidator(_number_or_text)]

    @property
    def is_numeric(self) -> bool:
        """Whether the column is compared as a number."""
        return not isinstance(self.value, str)


class NumericAggregate(Section):
    """A number computed from a column's values; missing values do not take part."""

    function: Literal["mean", "std", "min", "max", "sum", "first", "last", "median"] = Field(
        description="std is the sample's (n - 1), empty for a single value; first and last go by "
        "timestamp, and by value among equal timestamps."
    )
    column: SourceColumn


class QuantileAggregate(Section):
    """A quantile, interpolated linearly between the two nearest values, as in pandas."""

    function: Literal["quantile"]
    column: SourceColumn
    q: float = Field(ge=0, le=1)


class CountAggregate(Section):
    """How many events: all, or those in which a column has a value."""

    function: Literal["count"]
    column: SourceColumn | None = None


class CountWhereAggregate(Section):
    """How many events satisfy a condition."""

    function: Literal["count_where"]
    where: Condition


Aggregate = Annotated[
    NumericAggregate | QuantileAggregate | CountAggregate | CountWhereAggregate,
    Field(discriminator="function"),
]
