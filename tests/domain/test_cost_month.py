"""What a month costs: node hours and waiting, gap by gap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clusters import Demand
from domain.cost_month import (
    AHEAD,
    COLD,
    MONTH_S,
    STAYS,
    Tariff,
    Terms,
    month_always_on,
    month_of,
    month_to_zero,
)
from domain.metering import Price
from tests.domain.cost_samples import DEMANDS, demand

DAY, HOUR = 86_400.0, 3600.0
DAILY = demand(*(n * DAY for n in range(30)), horizon_s=30 * DAY)
TERMS = Terms(start_s=240, idle_s=120, tick_s=300)
MONTHS = MONTH_S / (30 * DAY)


def test_always_on_is_every_node_all_month() -> None:
    """Two nodes for 730 hours."""
    assert month_always_on(DAILY).node_hours == 2 * 730
    assert Tariff(Price(0.5, "EUR")).cost(month_always_on(DAILY)) == 730


def test_going_to_zero_pays_starting_working_and_idling() -> None:
    """Per run 240 + 600 + 120 s of two nodes, and every run waits for the start."""
    month = month_to_zero(DAILY, start_s=240, idle_s=120)
    assert month.node_hours == pytest.approx(30 * MONTHS * 2 * 960 / HOUR)
    assert (month.wait_s, month.gaps) == (240, {COLD: 30 * MONTHS})


def test_warming_ahead_pays_a_margin_and_nobody_waits() -> None:
    """60 s of margin, and 150 s since looks come every 300 s."""
    month = month_of(DAILY, TERMS)
    assert month.node_hours == pytest.approx(30 * MONTHS * 2 * (960 + 60 + 150) / HOUR)
    assert (month.wait_s, month.gaps) == (0, {AHEAD: 30 * MONTHS})


def test_short_gaps_are_stayed_through() -> None:
    """Runs of 600 s every 900 s: the nodes never go down."""
    busy = demand(*(n * 900 for n in range(96)), horizon_s=DAY)
    month = month_of(busy, TERMS)
    assert month.node_hours == pytest.approx(2 * 730)
    assert set(month.gaps) == {STAYS}


def test_runs_that_overlap_wait_for_each_other_and_not_for_nodes() -> None:
    """Three at once take three times as long, and start once."""
    month = month_to_zero(demand(0, 1, 2, horizon_s=MONTH_S), 240, 120)
    assert month.node_hours == pytest.approx(2 * (240 + 3 * 600 + 120) / HOUR)
    assert month.wait_s == 80


def test_runs_on_request_get_their_nodes_while_they_aggregate() -> None:
    """They cannot be foreseen: the start-up that is longer than that is waited for."""
    asked = demand(*(n * DAY for n in range(30)), horizon_s=30 * DAY, known_ahead=False)
    assert month_of(asked, TERMS).wait_s == 240 - 60
    assert month_of(asked, TERMS).node_hours == month_to_zero(asked, 240, 120).node_hours


def test_nothing_runs_for_nothing() -> None:
    """Without runs there is no gap."""
    assert month_of(demand(), TERMS).node_hours == 0


@given(DEMANDS, st.floats(0, 2000), st.floats(0, 2000), st.booleans())
def test_the_policy_never_costs_more_than_always_on(
    one: Demand, start_s: float, idle_s: float, ahead: bool
) -> None:
    """Nor does anybody wait longer than if nodes were only started for jobs."""
    terms = Terms(start_s, idle_s, 300, warms_ahead=ahead)
    month = month_of(one, terms)
    assert month.node_hours <= month_always_on(one).node_hours + 1e-6
    assert 0 <= month.wait_s <= start_s + 1e-6


@given(DEMANDS, st.floats(0, 2000), st.floats(0, 2000))
def test_without_warming_ahead_the_policy_never_costs_more_than_going_to_zero(
    one: Demand, start_s: float, idle_s: float
) -> None:
    """It stays only where that is cheaper."""
    terms = Terms(start_s, idle_s, 300, warms_ahead=False)
    policy = month_of(one, terms).node_hours
    assert policy <= month_to_zero(one, start_s, idle_s).node_hours + 1e-6
