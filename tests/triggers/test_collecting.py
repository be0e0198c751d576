"""Each interval is looked at after its batch has landed, whatever others do at the same time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.landing import Touched
from domain.errors import TransientError
from domain.intervals import burst_instance_id
from domain.messages import BurstOrder, Landing
from domain.windows import from_us
from tests.adapters.landing.streams import MINUTE, NOON, stream
from tests.adapters.streams.scenes import quarter
from tests.triggers.durable import Durable
from triggers.collecting import TRIES, burst_order, have_collected

PIPELINE = stream({"quiet": "10s", "max_events": 50, "late_arrival": {"tolerance": "1m"}})
ID = burst_instance_id(PIPELINE.name, quarter(1))
START, SIGNAL = ("start collect_burst", ID), ("signal landed", ID)


def collected(client: Durable, *touched: Touched) -> list[tuple[str, str]]:
    """What is asked of the durable client."""
    asyncio.run(have_collected(client, PIPELINE, touched or [Touched(quarter(1), 7)]))
    return client.done


def test_one_that_nobody_collects_is_started() -> None:
    """With all that its story needs."""
    client = Durable()
    assert collected(client) == [START]
    [order] = map(BurstOrder.from_json, client.inputs)
    assert (order.pipeline, order.interval) == (PIPELINE.name, quarter(1).label)
    assert (order.signalled, order.max_events, order.quiet_s) == (7, 50, 10.0)


@pytest.mark.parametrize("status", ["Pending", "Running", "ContinuedAsNew"])
def test_one_that_is_collected_is_signalled(status: str) -> None:
    """And told how many events are new."""
    client = Durable(**{ID: status})
    assert collected(client) == [SIGNAL]
    assert client.inputs == [Landing(events=7).to_json()]


@pytest.mark.parametrize("status", ["Completed", "Failed", "Terminated", "Canceled"])
def test_one_that_has_ended_is_started_again(status: str) -> None:
    """However it ended."""
    assert collected(Durable(**{ID: status})) == [START]


def test_one_that_ends_in_the_same_moment_is_started() -> None:
    """It may not have seen the signal any more."""
    client = Durable(**{ID: "Running"})
    client.after_signal = [client.becomes("Completed")]
    assert collected(client) == [SIGNAL, START]


def test_if_another_host_starts_it_first_it_is_signalled() -> None:
    """It may have looked before this batch was there."""
    client = Durable()
    client.before_start = [client.becomes("Running")]
    assert collected(client) == [SIGNAL]


def test_a_start_that_fails_is_an_error() -> None:
    """Then the batch has to come again."""

    def broken(_: str) -> None:
        raise ConnectionError("no storage")

    client = Durable()
    client.before_start = [broken] * TRIES
    with pytest.raises(TransientError, match="no storage"):
        collected(client)
    assert client.done == []
    client.before_start = [broken]
    assert collected(client) == [START]


def test_one_that_refuses_the_signal_since_it_ended_is_started() -> None:
    """The service answers that it is gone."""

    def is_gone(instance_id: str) -> None:
        client.statuses[instance_id] = "Completed"
        raise RuntimeError("Instance is gone: it either completed or failed")

    client = Durable(**{ID: "Running"})
    client.after_signal = [is_gone]
    assert collected(client) == [SIGNAL, START]


def test_others_may_be_faster_only_so_often() -> None:
    """If each time somebody else starts it first, and it ends at once, that is an error at last."""
    client = Durable()
    client.before_start = [client.becomes("Running")] * TRIES
    client.after_signal = [client.becomes("Completed")] * TRIES
    with pytest.raises(TransientError, match="exists"):
        collected(client)
    assert client.done == [SIGNAL] * (TRIES // 2)


def test_every_interval_has_its_own() -> None:
    """A batch touches several."""
    client = Durable(**{ID: "Running"})
    found = collected(client, Touched(quarter(1), 1), Touched(quarter(16), 0))
    other = burst_instance_id(PIPELINE.name, quarter(16))
    assert sorted(found) == sorted([SIGNAL, ("start collect_burst", other)])
    assert collected(Durable(), Touched(quarter(16), 0)) == [("start collect_burst", other)]


def test_an_interval_closes_when_no_event_can_be_on_time_any_more() -> None:
    """And is scored within its own length after that, however much lands; one of a backlog gets
    this time from now on."""
    closes = from_us(NOON + 16 * MINUTE)
    open_, backlog = (
        burst_order(PIPELINE, quarter(1), 0, now)
        for now in (from_us(NOON), closes + timedelta(hours=5))
    )
    assert (open_.closes_at, open_.latest_at) == (closes, closes + timedelta(minutes=15))
    assert (backlog.closes_at, backlog.latest_at) == (closes, closes + timedelta(hours=5.25))
