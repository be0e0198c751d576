"""Where events lie that were not taken, and how each is named."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quarantine_files import (
    EventId,
    arrival_date,
    day_folder,
    parse_id,
    parse_name,
    quarantine_file,
    replayed_note,
)

NOON = 1_767_268_800_000_000
ids = st.builds(
    EventId,
    enqueued_us=st.integers(0, 4 * 10**15),
    partition=st.integers(0, 2_000).map(str),
    sequence=st.integers(0, 2**63 - 1),
    position=st.integers(0, 200_000),
)


def test_paths_are_what_the_layout_says() -> None:
    """Every name in one place."""
    day = date(2026, 1, 1)
    assert day_folder("fleet", day) == "quarantine/pipeline=fleet/date=2026-01-01/"
    file = quarantine_file("3", 1000, 1999, 2, 17)
    assert file.name == "partition=3/seq=1000-1999-2-17.parquet"
    assert parse_name(file.name) == file
    assert replayed_note("fleet", EventId(NOON, "3", 1004, 0)) == (
        "quarantine/pipeline=fleet/date=2026-01-01/replayed/1767268800000000-3-1004-0.json"
    )
    assert parse_name("replayed/1767268800000000-3-1004-0.json") is None


@given(ids)
def test_ids_lead_back_and_fit_into_an_address(event: EventId) -> None:
    """Nothing in them has to be escaped; they tell the day."""
    assert parse_id(str(event)) == event
    assert re.fullmatch(r"[0-9A-Za-z-]+", str(event))
    assert event.day == arrival_date(event.enqueued_us)


@pytest.mark.parametrize(
    "text", ["", "1-2-3", "1-2-3-4-5", "a-2-3-4", "1-/-3-4", "1-2-3--4", "999999999999999999-1-1-1"]
)
def test_other_texts_are_no_ids(text: str) -> None:
    """They come from addresses that people type."""
    assert parse_id(text) is None


def test_a_day_is_one_of_utc() -> None:
    """Up to its last microsecond."""
    assert arrival_date(NOON + 43_200_000_000 - 1) == date(2026, 1, 1)
    assert arrival_date(NOON + 43_200_000_000) == date(2026, 1, 2)
