"""Every rule of a pipeline file: what breaks it is told as field, rule and value."""

from typing import Any

import pytest

from domain.errors import PipelineFileError, Problem
from tests.domain.samples import TABLE, data, problems

LONG = "x" * 200
SESSION = {"kind": "session", "timeout": "5m", "max_duration": "1h"}
READY = {"kind": "windows", "path": "ready/*.parquet", "timestamp": "end", "key": ["device"]}

# change, field, what the rule says, value (None: the message shows none)
BROKEN: list[tuple[dict[str, Any], str, str, Any]] = [
    ({"name": "Fleet"}, "name", "must match", "Fleet"),
    ({"name": "a" * 41}, "name", "must match", "a" * 41),
    ({"source": ...}, "source", "is required", None),
    ({"nonsense": 1}, "nonsense", "is not a field of this section", 1),
    ({"quality__psi": 0}, "quality.psi", "must be greater than 0", 0),
    ({"quality__min_rows": 0}, "quality.min_rows", "must be greater than", 0),
    ({"quality__nulls": "5"}, "quality.nulls", "must be a percentage such as 5%", "5"),
    ({"quality__rejected": 1.1}, "quality.rejected", "or a share such as 0.05", 1.1),
    ({"quality__anomalies": True}, "quality.anomalies", "must be a percentage", True),
    ({"quality__drift": 1}, "quality.drift", "is not a field of this section", 1),
    ({"quality__columns": {"x": {}}}, "quality.columns", "unknown: ['x']", None),
    (
        {"model__predictions": {"columns": ["device", "score"]}},
        "model.predictions.columns",
        "missing: ['sensor', 'window_end', 'note']",
        None,
    ),
    (
        {"model__predictions": {"columns": ["device", "device"]}},
        "model.predictions.columns",
        "must not name a column twice",
        ["device", "device"],
    ),
    (
        {"model__predictions": {"columns": list("ab"), "file": "a/b"}},
        "model.predictions.file",
        "must match",
        "a/b",
    ),
    # source
    ({"source__kind": ...}, "source.kind", "is required", None),
    ({"source__kind": "ftp"}, "source.kind", "must be one of 'files', 'table'", "ftp"),
    ({"source__nonsense": 1}, "source.nonsense", "is not a field", 1),
    ({"source__path": ...}, "source.path", "is required", None),
    ({"source__path": ""}, "source.path", "must have at least 1 character", ""),
    ({"source__path": "/raw/a.csv"}, "source.path", "must be a path inside the lake", "/raw/a.csv"),
    ({"source__path": "raw/../a"}, "source.path", "must be a path inside the lake", "raw/../a"),
    ({"source__path": "{day}.csv"}, "source.path", "must use no field but", "{day}.csv"),
    ({"source__path": "{yyyy}.csv"}, "source.path", "must use {yyyy}, {MM} and {dd}", "{yyyy}.csv"),
    ({"source__path": "{HH}.csv"}, "source.path", "must use {yyyy}, {MM} and {dd}", "{HH}.csv"),
    ({"source__format": "xml"}, "source.format", "must be 'parquet' or 'csv'", "xml"),
    ({"source__delimiter": ";;"}, "source.delimiter", "must have at most 1 character", ";;"),
    ({"source__rows_per_slice": 999}, "source.rows_per_slice", "must be greater than", 999),
    ({"source__timestamp": ""}, "source.timestamp", "must have at least 1 character", ""),
    ({"source__timestamp_unit": "ns"}, "source.timestamp_unit", "must be 's', 'ms' or 'us'", "ns"),
    ({"source__time_zone": "Mars/Base"}, "source.time_zone", "must be a time zone", "Mars/Base"),
    ({"source__time_zone": "../UTC"}, "source.time_zone", "must be a time zone", "../UTC"),
    ({"source__time_zone": ""}, "source.time_zone", "must be a time zone", ""),
    ({"source__duplicates": "x"}, "source.duplicates", "must be 'drop' or 'keep'", "x"),
    ({"source__on_empty": "x"}, "source.on_empty", "must be 'fail' or 'complete'", "x"),
    ({"source__key": []}, "source.key", "must have at least 1 item", []),
    ({"source__key": list("abcde")}, "source.key", "must have at most 4 items", list("abcde")),
    ({"source__key": "device"}, "source.key", "must be a list of columns", "device"),
    ({"source__key": [1]}, "source.key", "must be a list of columns", [1]),
    ({"source__key": [["a"]]}, "source.key", "must be a list of columns", [["a"]]),
    ({"source__key": ["a", "A"]}, "source.key", "must not name a column twice", ["a", "A"]),
    ({"source__key": {"a": "x", "A": "y"}}, "source.key", "must not name a column twice", None),
    ({"source__key": {"a b": "x"}}, "source.key.a b", "must match", "a b"),
    ({"source__key": {"a": ""}}, "source.key.a", "must have at least 1 character", ""),
    ({"source__key": ["run_id"]}, "source.key.run_id", "must not be one of Windrow's", "run_id"),
    ({"source": TABLE | {"database": "a://b"}}, "source.database", "must match", "a://b"),
    ({"source": TABLE | {"query": "SELECT 1"}}, "source.query", "must use :span_start", "SELECT 1"),
    ({"source": TABLE | {"slice_span": "0s"}}, "source.slice_span", "must be more than 0", "0s"),
    ({"source": TABLE | {"path": "x"}}, "source.path", "is not a field", "x"),
    ({"source": READY | {"path": "/x"}}, "source.path", "must be a path inside the lake", "/x"),
    ({"source": READY | {"key": []}}, "source.key", "must have at least 1 item", []),
    ({"source": READY | {"query": "x"}}, "source.query", "is not a field of this section", "x"),
    (
        {"source": {"kind": "windows", "path": "x", "key": ["a"]}},
        "source.timestamp",
        "is req",
        None,
    ),
    (
        {"source": {"kind": "windows", "timestamp": "t", "key": ["a"]}},
        "source.path",
        "is req",
        None,
    ),
    # windows
    ({"windows__kind": "sliding"}, "windows.kind", "must be one of", "sliding"),
    ({"windows__size": 5}, "windows.size", "must be a whole number and a unit", 5),
    ({"windows__size": "0m"}, "windows.size", "must be more than 0 and at most 7d", "0m"),
    ({"windows__size": "8d"}, "windows.size", "must be more than 0 and at most 7d", "8d"),
    ({"windows__size": "9" * 20 + "d"}, "windows.size", "must be less than", "9" * 20 + "d"),
    ({"windows__offset": "5m"}, "windows.offset", "must be less than the distance", "5m"),
    ({"windows__closed": "both"}, "windows.closed", "must be 'right' or 'left'", "both"),
    ({"windows__hop": "1m"}, "windows.hop", "is not a field of this section", "1m"),
    ({"windows__kind": "hopping"}, "windows.hop", "is required", None),
    (
        {"windows": {"kind": "hopping", "size": "5m", "hop": "6m"}},
        "windows.hop",
        "must be more than 0 and at most `size`",
        "6m",
    ),
    ({"windows": SESSION | {"timeout": "0s"}}, "windows.timeout", "must be more than 0", "0s"),
    ({"windows": SESSION | {"timeout": "2h"}}, "windows.timeout", "at most `max_duration`", "2h"),
    ({"windows": SESSION | {"max_duration": "8d"}}, "windows.max_duration", "at most 7d", "8d"),
    ({"windows": SESSION | {"max_duration": "0s"}}, "windows.max_duration", "more than 0", "0s"),
    ({"windows": SESSION | {"timeout": 5}}, "windows.timeout", "must be a whole number and", 5),
    ({"windows": SESSION | {"size": "5m"}}, "windows.size", "is not a field", "5m"),
    ({"windows": SESSION | {"closed": "left"}}, "windows.closed", "is not a field", "left"),
    (
        {"windows": {"kind": "session", "timeout": "5m"}},
        "windows.max_duration",
        "is required",
        None,
    ),
    (
        {"windows": {"kind": "session", "max_duration": "1h"}},
        "windows.timeout",
        "is required",
        None,
    ),
    ({"windows__kind": "snapshot"}, "windows.size", "is not a field of this section", "5m"),
    # aggregates
    ({"aggregates": {}}, "aggregates", "must have at least 1 item", None),
    ({"aggregates__a b": {"function": "count"}}, "aggregates.a b", "must match", "a b"),
    ({"aggregates__chunk": {"function": "count"}}, "aggregates.chunk", "must not be", "chunk"),
    ({"aggregates__x": {}}, "aggregates.x.function", "is required", None),
    ({"aggregates__x": {"function": "mode"}}, "aggregates.x.function", "must be one of", "mode"),
    ({"aggregates__x": {"function": "mean"}}, "aggregates.x.column", "is required", None),
    ({"aggregates__value_p90__q": 1.1}, "aggregates.value_p90.q", "must be less than", 1.1),
    ({"aggregates__errors__where__op": "~"}, "aggregates.errors.where.op", "must be", "~"),
    ({"aggregates__errors__where__value": True}, "aggregates.errors.where.value", "quotes", True),
    ({"aggregates__errors__where__value": [1]}, "aggregates.errors.where.value", "must be", [1]),
    ({"aggregates__Device": {"function": "count"}}, "aggregates", "must not repeat", None),
    ({"aggregates__errors__where__column": "value"}, "aggregates", "as number and as text", None),
    # model
    ({"model__endpoint": "a"}, "model.endpoint", "must match", "a"),
    ({"model__deployment": "a b c"}, "model.deployment", "must match", "a b c"),
    ({"model__mini_batch_size": 0}, "model.mini_batch_size", "must be greater than", 0),
    ({"model__job_timeout": "0s"}, "model.job_timeout", "must be at least 1s", "0s"),
    ({"model__max_attempts": 11}, "model.max_attempts", "must be less than", 11),
    ({"model__poll__first": "99ms"}, "model.poll.first", "must be at least 100ms", "99ms"),
    ({"model__poll__cap": "7h"}, "model.poll.cap", "must be at least `first` and at most", "7h"),
    ({"model__poll__cap": "1s"}, "model.poll.cap", "must be at least `first` and at most", "1s"),
    ({"model__poll__factor": 0.5}, "model.poll.factor", "must be greater than", 0.5),
    # chunks
    *(
        (
            {"chunks__rows_per_part": bad},
            "chunks.rows_per_part",
            "must be a whole number of at least 1, or auto",
            bad,
        )
        for bad in (0, "10", "AUTO", True, 1.5)
    ),
    (
        {"chunks__parts_per_chunk": 1001},
        "chunks.parts_per_chunk",
        "must be a whole number from 1 to 1000, or auto",
        1001,
    ),
    *(
        (
            {"chunks__overhead_share": bad},
            "chunks.overhead_share",
            "must be a percentage from 1% to 99%",
            bad,
        )
        for bad in ("0%", "100%", 20, "20")
    ),
    ({"chunks__job_length": "2d"}, "chunks.job_length", "must be from 1s to 1d", "2d"),
    ({"chunks__chunks_in_flight": 501}, "chunks.chunks_in_flight", "must be less than", 501),
    ({"chunks__segment_size": 101}, "chunks.segment_size", "must be less than", 101),
    # output
    ({"output__table": "a;b"}, "output.table", "must match", "a;b"),
    ({"output__table": "Runs"}, "output.table", "must not be one of Windrow's own", "Runs"),
    ({"output__table": "x__staging"}, "output.table", "must not be one of", "x__staging"),
    ({"output__columns__batch_id": "float"}, "output.columns.batch_id", "must not be", "batch_id"),
    ({"output__columns": {}}, "output.columns", "must have at least 1 item", None),
    ({"output__columns__x": "money"}, "output.columns.x", "must be 'float', 'integer'", "money"),
    ({"output__columns__REVISION": "float"}, "output.columns.REVISION", "must not be", "REVISION"),
    ({"output__columns__DEVICE": "string"}, "output.columns", "must not repeat", None),
    # schedule
    ({"schedule": "0 30 1 * *"}, "schedule.cron", "must be NCRONTAB", "0 30 1 * *"),
    ({"schedule": "0 30 1 * * ?"}, "schedule.cron", "must be NCRONTAB", "0 30 1 * * ?"),
    (
        {"schedule": {"cron": "0 0 1 * * *", "span": "1500ms"}},
        "schedule.span",
        "must be whole seconds, at least 1s",
        "1500ms",
    ),
    (
        {"schedule": {"cron": "0 0 1 * * *", "offset": "1d"}},
        "schedule.offset",
        "must be whole seconds, less than `span`",
        "1d",
    ),
    (
        {"schedule": {"cron": "0 0 1 * * *", "catch_up": 0}},
        "schedule.catch_up",
        "must be greater than",
        0,
    ),
]
TOLERATED = [-1, True, 2.5, "3", "101%", "-1%", "5 %", "\N{ARABIC-INDIC DIGIT FIVE}%", [1], None]


def name_of(case: Any) -> str:
    """A readable name for a case."""
    return str(case)[:60] if isinstance(case, dict) else ""


@pytest.mark.parametrize(("change", "field", "rule", "value"), BROKEN, ids=name_of)
def test_a_broken_rule_is_told(change: dict[str, Any], field: str, rule: str, value: Any) -> None:
    """One problem: the field as it stands in the file, the rule, and the value that breaks it."""
    [problem] = problems(data(**change))
    assert problem.field == field
    assert rule in problem.rule
    assert str(problem).startswith(f"`{field}` ")
    assert (problem.value if problem.has_value else None) == value


@pytest.mark.parametrize("value", TOLERATED, ids=repr)
def test_tolerated_failed_chunks_is_a_count_or_a_percentage(value: Any) -> None:
    """Nothing in between: no fraction, no text without a percent sign, no yes or no."""
    rule = "must be a count such as 3, or a percentage such as 5%"
    assert problems(data(chunks__tolerated_failed_chunks=value)) == [
        Problem("chunks.tolerated_failed_chunks", rule, value)
    ]


def test_all_problems_are_told_at_once() -> None:
    """One reading of a file is enough to put it right."""
    wrong = data(
        name="another",
        source__time_zone="Mars/Base",
        source__key=["a", "a"],
        windows__size="8d",
        aggregates__value_p90__q=2,
        model__endpoint=...,
        output__columns__score="money",
        schedule="daily",
        nonsense=LONG,
    )
    found = problems(wrong, expected_name="fleet")
    assert [problem.field for problem in found] == [
        "name",
        "source.time_zone",
        "source.key",
        "windows.size",
        "aggregates.value_p90.q",
        "model.endpoint",
        "output.columns.score",
        "schedule.cron",
        "nonsense",
    ]


def test_the_message_has_a_line_per_problem() -> None:
    """Each line names file, field, rule and value; long values are cut."""
    with pytest.raises(PipelineFileError) as caught:
        raise PipelineFileError("fleet.yml", problems(data(nonsense=LONG, model__endpoint=1)))
    headline, first, second = str(caught.value).splitlines()
    assert headline == "the pipeline files have problems:"
    assert first == "  fleet.yml: `model.endpoint` must be a valid string; got 1"
    assert second.startswith("  fleet.yml: `nonsense` is not a field of this section; got 'xxx")
    assert second.endswith("…")


def test_the_name_must_be_the_files() -> None:
    """Otherwise nobody would find the file of a pipeline."""
    assert problems(data(), expected_name="other") == [
        Problem("name", "must be the file's name, 'other'", "fleet")
    ]
