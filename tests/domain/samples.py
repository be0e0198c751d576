"""A pipeline file as people write it, and ways to change it."""

from __future__ import annotations

import copy
from typing import Any

from domain.errors import PipelineFileError, Problem
from domain.pipeline import Pipeline, parse_pipeline

FILES: dict[str, Any] = {
    "name": "fleet",
    "source": {
        "kind": "files",
        "path": "raw/date={yyyy}-{MM}-{dd}/*.parquet",
        "timestamp": "ts",
        "key": ["device", "sensor"],
    },
    "windows": {"kind": "tumbling", "size": "5m"},
    "aggregates": {
        "value_mean": {"function": "mean", "column": "value"},
        "value_p90": {"function": "quantile", "column": "value", "q": 0.9},
        "events": {"function": "count"},
        "errors": {
            "function": "count_where",
            "where": {"column": "code", "op": "!=", "value": "ok"},
        },
    },
    "model": {"endpoint": "anomaly"},
    "output": {"table": "fleet_scores", "columns": {"score": "float", "note": "string?"}},
}
TABLE: dict[str, Any] = {
    "kind": "table",
    "database": "READINGS_DB_URL",
    "query": "SELECT * FROM t WHERE ts > :span_start AND ts <= :span_end",
    "timestamp": "ts",
    "key": {"device": "Device Id"},
}


def data(**changes: Any) -> dict[str, Any]:
    """The sample with changes: `source__path="x"` replaces, `model__endpoint=...` removes."""
    changed = copy.deepcopy(FILES)
    for name, value in changes.items():
        *sections, field = name.split("__")
        section = changed
        for part in sections:
            section = section.setdefault(part, {})
        if value is ...:
            section.pop(field)
        else:
            section[field] = value
    return changed


def pipeline(**changes: Any) -> Pipeline:
    """The sample as a pipeline."""
    return parse_pipeline(data(**changes))


def problems(changed: dict[str, Any], **more: Any) -> list[Problem]:
    """What is wrong with the data of a pipeline; it must be something."""
    try:
        parse_pipeline(changed, **more)
    except PipelineFileError as error:
        return list(error.problems)
    raise AssertionError("nothing is wrong with it")
