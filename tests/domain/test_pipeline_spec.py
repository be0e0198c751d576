"""What a pipeline file may leave out or shorten, and what it then means."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pipeline import Pipeline, parse_pipeline
from tests.domain.samples import TABLE, data, pipeline

SCHEDULE = {"cron": "0 30 1 * * *", "span": "6h", "offset": "90s", "catch_up": 3}
CHANGES: dict[str, Any] = {
    "description": st.text(max_size=20),
    "source": st.just(TABLE | {"slice_span": "6h", "time_zone": "Europe/Berlin"}),
    "windows": st.sampled_from(
        [
            {"kind": "tumbling", "size": "250ms", "offset": "1ms", "closed": "left"},
            {"kind": "hopping", "size": "7d", "hop": "36h"},
            {"kind": "session", "timeout": "90s", "max_duration": "7d"},
            {"kind": "snapshot"},
        ]
    ),
    "chunks": st.fixed_dictionaries(
        {"tolerated_failed_chunks": st.integers(0, 9) | st.sampled_from(["0%", "100%", "7%"])}
    ),
    "schedule": st.sampled_from(["0 */5 * * * MON-FRI", SCHEDULE]),
    "model": st.just({"endpoint": "anomaly", "poll": {"first": "100ms", "cap": "6h"}}),
}


def test_what_is_left_out_has_defaults() -> None:
    """The shortest file: the right boundary belongs to a window, one failed chunk fails a run."""
    found = pipeline()
    assert (found.windows.closed, found.windows.offset_us, found.source.time_zone) == (
        "right",
        0,
        "UTC",
    )
    assert (found.source.duplicates, found.source.on_empty) == ("drop", "fail")
    assert (found.chunks.tolerated_failed_chunks, found.model.max_attempts) == (0, 3)
    assert (found.schedule, found.model.deployment) == (None, None)


def test_a_list_of_keys_is_short_for_a_mapping() -> None:
    """`[device, sensor]` names columns that are called the same here and there."""
    assert pipeline(source__key=["device", "sensor"]).source.key == {
        "device": "device",
        "sensor": "sensor",
    }


def test_keys_may_have_names_of_our_own() -> None:
    """`ours: theirs`: our names are SQL's, theirs may be any text."""
    found = pipeline(source__key={"machine": "Machine Id (old)"})
    assert (found.keys, found.source.key) == (("machine",), {"machine": "Machine Id (old)"})


def test_a_cron_alone_is_short_for_a_schedule() -> None:
    """The span is then a day."""
    schedule = pipeline(schedule="0 30 1 * * *").schedule
    assert schedule == pipeline(schedule={"cron": "0 30 1 * * *"}).schedule
    assert schedule is not None
    assert (schedule.span, schedule.offset) == (timedelta(days=1), timedelta(0))


@pytest.mark.parametrize(("text", "kept"), [(3, 3), ("5%", "5%"), ("100%", "100%"), (0, 0)])
def test_tolerance_stays_a_count_or_a_percentage(text: Any, kept: Any) -> None:
    """A percentage is only turned into a count when the number of chunks is known."""
    assert pipeline(chunks__tolerated_failed_chunks=text).chunks.tolerated_failed_chunks == kept


def test_features_keep_the_order_of_the_file() -> None:
    """A model relies on the order of its columns."""
    assert pipeline().features == ("value_mean", "value_p90", "events", "errors")


def test_columns_are_read_as_what_they_are_used_for() -> None:
    """Numbers, text, or only whether there is a value."""
    found = pipeline(aggregates__codes={"function": "count", "column": "detail"})
    assert found.numeric_columns == {"value"}
    assert found.text_columns == {"code"}
    assert found.counted_columns == {"detail"}


def test_a_number_to_compare_with_makes_a_column_numeric() -> None:
    """`value: 1` compares numbers, `value: "1"` text."""
    where = {"column": "level", "op": ">", "value": 1}
    assert "level" in pipeline(aggregates__errors__where=where).numeric_columns
    where = {"column": "level", "op": ">", "value": "1"}
    assert "level" in pipeline(aggregates__errors__where=where).text_columns


def test_a_tumbling_window_is_a_hopping_window_that_hops_its_size() -> None:
    """Both have a hop, and a lookback of their size."""
    tumbling = pipeline()
    assert tumbling.windows.hop_us == tumbling.windows.size_us == 300_000_000
    hopping = pipeline(windows={"kind": "hopping", "size": "3h", "hop": "1h"})
    assert hopping.windows.hop_us * 3 == hopping.windows.size_us
    assert hopping.lookback == timedelta(hours=3)


def test_windows_without_a_grid_may_be_cut_anywhere() -> None:
    """A session is decided by what happened twice its maximum and a timeout before its end."""
    session = pipeline(windows={"kind": "session", "timeout": "5m", "max_duration": "1h"})
    assert session.lookback == timedelta(hours=2, minutes=5)
    snapshot = pipeline(windows={"kind": "snapshot"})
    assert snapshot.lookback == timedelta(0)
    for found in (session, snapshot):
        assert (found.windows.hop_us, found.windows.offset_us) == (1, 0)


def test_ready_made_windows_are_read_as_their_aggregates() -> None:
    """A column per aggregate, all of them numbers; nothing before their ends is looked at."""
    source = {"kind": "windows", "path": "ready/*", "timestamp": "end", "key": {"device": "Id"}}
    found = pipeline(source=source)
    assert found.source_columns == ["end", "Id", "errors", "events", "value_mean", "value_p90"]
    assert found.numeric_columns == set(found.features)
    assert (found.text_columns, found.counted_columns) == (set(), set())
    assert found.lookback == timedelta(0)
    where = {"function": "count_where", "where": {"column": "value", "op": "==", "value": "x"}}
    assert pipeline(source=source, aggregates__errors=where).numeric_columns == set(found.features)


@given(st.fixed_dictionaries({}, optional=CHANGES))
def test_a_pipeline_survives_as_json(changes: dict[str, Any]) -> None:
    """What is pinned in the lake for a run reads back as the same pipeline."""
    found = parse_pipeline(data(**changes))
    written = found.model_dump(mode="json")
    assert parse_pipeline(written) == found
    assert Pipeline.model_validate_json(found.model_dump_json()) == found
    assert parse_pipeline(written).model_dump(mode="json") == written
    assert list(written["aggregates"]) == list(found.features)
