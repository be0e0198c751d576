"""What the steps of a query call their columns.

Names of ours have a prefix, because keys and measures may have the same name; and only letters,
digits and underscores, because a measure may be called anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.pipeline import Pipeline
from domain.pipeline.windows import NumericAggregate, SessionWindows
from domain.stream_analytics.names import plain, unlike

INSTANT = "instant"
SESSION_KEY = "session_key"


@dataclass(frozen=True)
class Columns:
    """The columns of a pipeline's events: our names of keys, and the source's of measures, mapped
    to those in the query.

    `texts` are numbers as they were written, to tell a wrong one from none. `missing` are flags (1:
    there is no value) of the measures whose first or last value is wanted.
    """

    keys: dict[str, str]
    measures: dict[str, str]
    texts: dict[str, str]
    missing: dict[str, str]
    has_session_key: bool

    @property
    def checked(self) -> list[str]:
        """All columns of a checked event, apart from its instant."""
        session = [SESSION_KEY] if self.has_session_key else []
        return [*self.keys.values(), *self.measures.values(), *session, *self.missing.values()]


def columns_of(pipeline: Pipeline) -> Columns:
    """The columns that the pipeline's windows need."""
    suffixes: dict[str, str] = {}
    for measure in pipeline.measures:
        suffixes[measure] = unlike(plain(measure), suffixes.values())
    ordered = {
        a.column
        for a in pipeline.aggregates.values()
        if isinstance(a, NumericAggregate) and a.function in ("first", "last")
    }
    numeric = pipeline.numeric_columns
    return Columns(
        keys={name: f"key_{name}" for name in pipeline.keys},
        measures={m: f"value_{suffix}" for m, suffix in suffixes.items()},
        texts={m: f"text_{suffix}" for m, suffix in suffixes.items() if m in numeric},
        missing={m: f"missing_{suffix}" for m, suffix in suffixes.items() if m in ordered},
        has_session_key=isinstance(pipeline.windows, SessionWindows) and len(pipeline.keys) > 1,
    )
