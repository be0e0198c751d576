"""What a run used of its cluster, and what that costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.metering import JobUse, Price, meter

AT = datetime(2026, 1, 1, tzinfo=UTC)
NOW = AT + timedelta(hours=2)


def use(seconds: float | None, instances: int | None = 1, ran: bool = True) -> JobUse:
    """A job that ran for so long; None: it has not ended."""
    ended = None if seconds is None else AT + timedelta(seconds=seconds)
    return JobUse(instances, AT if ran else None, ended)


def test_every_attempt_counts_by_nodes_and_seconds() -> None:
    """A failed attempt costs as much as a good one; one that never ran costs nothing."""
    found = meter([use(600, 2), use(1800), use(60, 4, ran=False)], Price(0.3, "EUR"), NOW)
    assert (found.jobs, found.node_seconds) == (3, 3000)
    assert (found.cost, found.currency) == (pytest.approx(3000 / 3600 * 0.3), "EUR")
    assert found.why == "3 jobs used 0.8333 node hours at 0.3 EUR (dedicated)"


def test_without_a_price_nothing_costs_anything_known() -> None:
    """The reason names the setting."""
    found = meter([use(60)], None, NOW)
    assert (found.cost, found.currency) == (None, None)
    assert "COMPUTE_PRICE_PER_NODE_HOUR" in found.why


def test_what_is_not_known_is_told() -> None:
    """Jobs without a number of nodes count as one; those under way count until now."""
    found = meter([use(60, None), use(None)], None, NOW)
    assert found.node_seconds == 60 + 7200
    assert "1 of them counted as one node each" in found.why
    assert "1 of them have not ended" in found.why


def test_clocks_that_differ_cost_nothing() -> None:
    """An end before the beginning is no time at all."""
    assert meter([use(-5)], None, NOW).node_seconds == 0
