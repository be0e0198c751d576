"""Pipelines whose Stream Analytics queries are kept in `stream_analytics_golden/`.

After a change that is meant: `python -m tests.domain.stream_analytics_cases` writes them again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from domain.pipeline import Pipeline
from domain.stream_analytics import stream_analytics_query
from tests.domain.samples import TABLE, pipeline

GOLDEN = Path(__file__).parent / "stream_analytics_golden"
EVENTS: dict[str, Any] = {
    "kind": "events",
    "event_hub": "readings",
    "timestamp": "ts",
    "key": ["device", "sensor"],
}
NESTED: dict[str, Any] = {
    "kind": "events",
    "event_hub": "payload",
    "timestamp": "meta.sent",
    "timestamp_unit": "ms",
    "key": {"device": "meta.device"},
    "dedupe": "none",
}
EVERY_AGGREGATE: dict[str, Any] = {
    **{
        function: {"function": function, "column": "value"}
        for function in ("mean", "std", "min", "max", "sum", "first", "last", "median")
    },
    "p99": {"function": "quantile", "column": "value", "q": 0.99},
    "events": {"function": "count"},
    "codes": {"function": "count", "column": "code"},
    "errors": {
        "function": "count_where",
        "where": {"column": "state", "op": "!=", "value": "it's"},
    },
    "hot": {"function": "count_where", "where": {"column": "value", "op": ">=", "value": 80}},
}


def _of_value(column: str) -> dict[str, Any]:
    return {"mean": {"function": "mean", "column": column}}


CASES: dict[str, Pipeline] = {
    "files": pipeline(),
    "table": pipeline(source=TABLE, schedule="0 30 1 * * *"),
    "every_aggregate": pipeline(source=EVENTS, aggregates=EVERY_AGGREGATE),
    "tumbling_with_offset": pipeline(
        source=EVENTS,
        windows={"kind": "tumbling", "size": "1h", "offset": "90s"},
        aggregates=_of_value("value"),
    ),
    "hopping_closed_left": pipeline(
        source=EVENTS,
        windows={"kind": "hopping", "size": "3h", "hop": "90m", "closed": "left"},
        aggregates=_of_value("value"),
    ),
    "session": pipeline(
        source=EVENTS,
        windows={"kind": "session", "timeout": "5m", "max_duration": "1d"},
        aggregates=_of_value("value"),
    ),
    "session_of_one_key": pipeline(
        source={**EVENTS, "key": ["device"]},
        windows={"kind": "session", "timeout": "250ms", "max_duration": "1s"},
        aggregates=_of_value("value"),
    ),
    "snapshot": pipeline(
        source=EVENTS, windows={"kind": "snapshot"}, aggregates=_of_value("value")
    ),
    "nested": pipeline(source=NESTED, aggregates=_of_value("payload.temp")),
    "time_policy": pipeline(
        source={
            **EVENTS,
            "event_hub": "%HUB%",
            "timestamp_unit": "s",
            "late_arrival": {"tolerance": "1500ms", "policy": "rescore", "limit": "2d"},
            "early_arrival": "1m",
            "out_of_order": {"tolerance": "10s", "policy": "adjust"},
        },
        aggregates=_of_value("value"),
    ),
}


def write() -> None:
    """Writes the queries of all cases."""
    GOLDEN.mkdir(exist_ok=True)
    for name, case in CASES.items():
        (GOLDEN / f"{name}.asaql").write_text(stream_analytics_query(case), encoding="utf-8")


if __name__ == "__main__":
    write()
