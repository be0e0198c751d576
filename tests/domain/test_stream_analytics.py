"""The Stream Analytics query of a pipeline: kept texts, and the rules behind them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from domain.pipeline import Pipeline, parse_pipeline
from domain.pipeline.source import WindowsSource
from domain.stream_analytics import UnsupportedError, stream_analytics_query
from domain.windows import window_ends
from tests.domain.samples import data, pipeline
from tests.domain.stream_analytics_cases import CASES, EVENTS, GOLDEN, NESTED

TOKEN = re.compile(
    r"\s+|--[^\n]*|\[(?:[^\]]|\]\])+\]|'(?:[^']|'')*'|\d+(?:\.\d+)?|[A-Za-z_]\w*|<>|<=|>=|[-+*=<>(),.]"
)
CLAUSES = ("SELECT", "INTO", "FROM", "WHERE", "GROUP")


def _tokens(query: str) -> list[str]:
    """The query's tokens, without blanks and comments; every character belongs to one."""
    found, at = [], 0
    while at < len(query):
        token = TOKEN.match(query, at)
        assert token, f"no token: {query[at : at + 40]!r}"
        found.append(token[0])
        at = token.end()
    return [token for token in found if not token.isspace() and not token.startswith("--")]


def _statements(tokens: list[str]) -> list[list[str]]:
    """The clauses of every SELECT in order: of those in parentheses, then of the last one."""
    steps: list[list[str]] = []
    last: list[str] = []
    step: list[str] = []
    depth = 0
    for token in tokens:
        if token == "SELECT" and depth == 1:
            step = []
            steps.append(step)
        depth += (token == "(") - (token == ")")
        assert depth >= 0
        if token in CLAUSES and depth <= 1:
            (step if depth else last).append(token)
    assert depth == 0
    return [*steps, last]


def _sql(case: Pipeline, **names: str) -> str:
    """The query without its comments."""
    query = stream_analytics_query(case, **names)
    return query[query.index("\nWITH ") :]


@pytest.mark.parametrize("name", CASES)
def test_the_query_is_the_one_that_was_kept(name: str) -> None:
    """The same pipeline gives the same text, to the letter."""
    kept = (GOLDEN / f"{name}.asaql").read_text(encoding="utf-8")
    assert stream_analytics_query(CASES[name]) == kept


def test_every_kept_query_has_a_case() -> None:
    """No file stays behind."""
    assert {file.stem for file in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_query_is_well_formed(name: str) -> None:
    """Brackets are balanced, and clauses stand in the order of the language."""
    case = CASES[name]
    tokens = _tokens(stream_analytics_query(case))
    assert tokens[0] == "WITH"
    read, checked, *distinct, last = _statements(tokens)
    assert read == ["SELECT", "FROM"]
    assert checked == ["SELECT", "FROM", "WHERE"]
    assert distinct == ([["SELECT", "FROM", "GROUP"]] if case.source.duplicates == "drop" else [])
    assert last == ["SELECT", "INTO", "FROM", "GROUP"]


@pytest.mark.parametrize("name", CASES)
def test_the_windows_have_the_columns_that_a_windows_source_reads(name: str) -> None:
    """Keys, window_end and aggregates, under the pipeline's own names and in its order."""
    case = CASES[name]
    last = _sql(case).rsplit("\nSELECT\n", 1)[1].split("\nINTO ")[0]
    names = [line.rstrip(",").rsplit(" AS ", 1)[1] for line in last.splitlines()]
    assert names == [f"[{n}]" for n in (*case.keys, "window_end", *case.features)]


@pytest.mark.parametrize("name", CASES)
def test_the_snippet_makes_a_pipeline_of_windows(name: str) -> None:
    """What the comment says replaces `source` is YAML that the pipeline can be read with."""
    lines = stream_analytics_query(CASES[name]).splitlines()
    start = lines.index("--   source:")
    snippet = "\n".join(line[5:] for line in lines[start : start + 5])
    changed = CASES[name].model_dump(mode="json", exclude_none=True) | yaml.safe_load(snippet)
    switched = parse_pipeline(changed)
    assert isinstance(switched.source, WindowsSource)
    assert switched.keys == CASES[name].keys
    folder = f"raw/stream-analytics/{switched.name}/date="
    assert switched.source.path == f"{folder}{{yyyy}}-{{MM}}-{{dd}}/*.parquet"
    assert f"--   {folder}{{datetime:yyyy}}-{{datetime:MM}}-{{datetime:dd}}" in lines


def test_keys_that_yaml_takes_for_something_else_are_quoted() -> None:
    """A key called `on` stays a key called `on`."""
    query = stream_analytics_query(pipeline(source__key=["on", "device"]))
    assert '--     key: ["on", device]' in query


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        ({"kind": "tumbling", "size": "7d"}, "TumblingWindow(day, 7)"),
        ({"kind": "tumbling", "size": "90m"}, "TumblingWindow(minute, 90)"),
        ({"kind": "tumbling", "size": "1500us"}, "TumblingWindow(microsecond, 1500)"),
        (
            {"kind": "tumbling", "size": "1h", "offset": "5m", "closed": "left"},
            "TumblingWindow(Duration(hour, 1), Offset(microsecond, 299999999))",
        ),
        (
            {"kind": "hopping", "size": "1h", "hop": "1s", "offset": "250ms"},
            "HoppingWindow(Duration(hour, 1), Hop(second, 1), Offset(millisecond, 250))",
        ),
        ({"kind": "snapshot"}, "[key_sensor], System.Timestamp()"),
    ],
)
def test_lengths_are_in_the_largest_whole_unit(windows: dict[str, Any], said: str) -> None:
    """Nothing is rounded; a left-closed window is one that is moved by a microsecond."""
    query = _sql(pipeline(windows=windows))
    assert query.rstrip().endswith(said)
    left = windows.get("closed") == "left"
    end = "DATEADD(microsecond, 1, System.Timestamp())" if left else "System.Timestamp()"
    assert f"    {end} AS [window_end]," in query


@given(
    us=st.integers(0, 10**9),
    hop=st.integers(1, 1000),
    more=st.integers(0, 2000),
    offset=st.integers(0, 999),
)
def test_left_closed_windows_are_right_closed_ones_a_microsecond_earlier(
    us: int, hop: int, more: int, offset: int
) -> None:
    """Which is how the query says them: the grid moves by -1 us, and the label back."""
    size, offset = hop + more, offset % hop
    earlier = window_ends(us, size, hop, offset - 1, "right")
    assert window_ends(us, size, hop, offset, "left") == [end + 1 for end in earlier]


def test_names_are_escaped_and_never_taken_for_others() -> None:
    """Any column name is possible, and so is an input called as one of the steps."""
    odd = "tem]p 'x\" (°C)"
    case = pipeline(
        aggregates={"mean": {"function": "mean", "column": odd}},
        source__key={"device": "value_x]"},
    )
    query = _sql(case, input_name="Checked_Events")
    assert "TRY_CAST([tem]]p 'x\" (°C)] AS float) AS [value_tem_p_x_C]" in query
    assert "FROM [Checked_Events] TIMESTAMP BY [ts]" in query
    assert "[checked_events_2] AS (" in query
    assert "FROM [checked_events_2]" in query


def test_measures_that_look_alike_stay_apart() -> None:
    """Columns that differ in case or signs only get numbers."""
    case = pipeline(
        aggregates={
            name: {"function": "mean", "column": column}
            for name, column in {"a": "t-1", "b": "T 1", "c": "t.1"}.items()
        }
    )
    query = _sql(case)
    for column, name in {"T 1": "T_1", "t-1": "t_1_2", "t.1": "t_1_3"}.items():
        assert f"TRY_CAST([{column}] AS float) AS [value_{name}]" in query


def test_a_dot_is_a_path_in_streams_only() -> None:
    """In a stream it leads into an object; elsewhere it is part of the column's name."""
    aggregates = {"mean": {"function": "mean", "column": "body.temp"}}
    assert "TRY_CAST([body].[temp] AS float)" in _sql(
        pipeline(source=EVENTS, aggregates=aggregates)
    )
    assert "TRY_CAST([body.temp] AS float)" in _sql(pipeline(aggregates=aggregates))


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("us", "TRY_CAST([meta].[sent] AS bigint)"),
        ("ms", "TRY_CAST(FLOOR(TRY_CAST([meta].[sent] AS float) * 1000 + 0.5) AS bigint)"),
        ("s", "TRY_CAST(FLOOR(TRY_CAST([meta].[sent] AS float) * 1000000 + 0.5) AS bigint)"),
    ],
)
def test_numeric_timestamps_keep_their_microseconds(unit: str, said: str) -> None:
    """Fractions of seconds and milliseconds count, as in Windrow."""
    source = {**NESTED, "timestamp_unit": unit}
    query = _sql(pipeline(source=source))
    assert f"TIMESTAMP BY DATEADD(microsecond, {said}, '1970-01-01T00:00:00Z')" in query


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"early_arrival": "5m"}, None),
        ({"early_arrival": "10m"}, "`source.early_arrival` 10m: in Stream Analytics it is always"),
        (
            {"late_arrival": {"policy": "drop"}},
            "`source.out_of_order`: Windrow takes events in any",
        ),
        ({"out_of_order": {"tolerance": "1s"}}, None),
        (
            {"out_of_order": {"tolerance": "1s", "policy": "drop"}},
            "overtaken events, and it is Adj",
        ),
        ({"out_of_order": {"tolerance": "1ms"}}, "tolerances: those above are whole seconds"),
        ({"timestamp_unit": "ms"}, None),
    ],
)
def test_what_differs_is_said_and_nothing_else(changes: dict[str, Any], said: str | None) -> None:
    """A comment per difference, and none where there is no difference."""
    given_order = {"out_of_order": {"tolerance": "5s"}, "timestamp_unit": "s"}
    source = {**EVENTS, **({} if "late_arrival" in changes else given_order), **changes}
    query = stream_analytics_query(pipeline(source=source))
    found = " ".join(line.removeprefix("-- ").strip() for line in query.splitlines())
    if said is not None:
        assert said in found
    else:
        assert query.count("-- differs: ") == 1  # that there is a quarantine


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"source__time_zone": "Europe/Berlin"}, "source.time_zone", "Europe/Berlin"),
        ({"source__kind": "windows"}, "source.kind", "windows"),
        (
            {
                "aggregates": {
                    "n": {
                        "function": "count_where",
                        "where": {"column": "v", "op": "<", "value": float("inf")},
                    }
                }
            },
            "aggregates.n.where.value",
            float("inf"),
        ),
    ],
)
def test_what_would_be_wrong_is_refused(changes: dict[str, Any], field: str, value: object) -> None:
    """The error names field, rule and value."""
    with pytest.raises(UnsupportedError, match="Stream Analytics cannot compute this") as caught:
        stream_analytics_query(pipeline(**changes))
    assert [(p.field, p.value) for p in caught.value.problems] == [(field, value)]


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Names with line ends could leave a comment: they are refused, with whatever else is wrong."""
    with pytest.raises(UnsupportedError) as caught:
        stream_analytics_query(pipeline(source__time_zone="Asia/Tokyo"), "in\nput", " ")
    assert [p.field for p in caught.value.problems] == ["source.time_zone", "input", "output"]


def test_a_time_zone_does_not_matter_to_numbers() -> None:
    """Numbers since 1970 are UTC, whatever zone the file names."""
    case = pipeline(source__time_zone="Europe/Berlin", source__timestamp_unit="s")
    assert "TIMESTAMP BY DATEADD(" in stream_analytics_query(case)


@given(
    columns=st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4, unique=True),
    value=st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.text()),
)
def test_any_name_and_value_gives_a_well_formed_query(
    columns: list[str], value: float | str
) -> None:
    """Nothing that a file may say breaks out of its brackets or quotes."""
    where = {"column": columns[0], "op": "==", "value": value}
    aggregates: dict[str, Any] = {"n": {"function": "count_where", "where": where}}
    for number, column in enumerate(columns[1:]):
        aggregates[f"last_{number}"] = {"function": "last", "column": column}
    changed = data(aggregates=aggregates, source__timestamp=columns[0])
    read, checked, distinct, last = _statements(
        _tokens(stream_analytics_query(parse_pipeline(changed)))
    )
    assert (read, last) == (["SELECT", "FROM"], ["SELECT", "INTO", "FROM", "GROUP"])
    assert (len(checked), len(distinct)) == (3, 3)
