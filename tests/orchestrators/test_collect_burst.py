"""The life of an interval of a stream: when it is looked at, scored, and ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import names
from domain.messages import BurstOrder, BurstResult, Compacted
from orchestrators.collect_burst import SIGNALS_PER_LIFE, collect_burst
from tests.orchestrators.burst_scenes import CLOSES_S, burst_world, landings, look, order
from tests.orchestrators.replaying import BEGAN, Broken, Json, Life, Takes, play
from tests.orchestrators.scenes import answer, refusal


def seconds(life: Life, name: str) -> list[float]:
    """When a function was called, in seconds since the first batch."""
    return [(call.at - BEGAN).total_seconds() for call in life.called(name)]


def result(life: Life) -> BurstResult:
    """How the interval ended."""
    return BurstResult.from_json(life.output)


def test_an_interval_is_scored_once_when_it_is_closed() -> None:
    """Batches land while it is open; after it: a look, a run, another look, and one file."""
    lives = play(
        collect_burst,
        order().to_json(),
        burst_world(look(40, new=40), look(40)),
        raised=landings(1, 200, 400),
    )
    [life] = lives
    assert [round(at) for at in seconds(life, names.LOOK_AT_INTERVAL)] == [600, 661]
    assert len(life.called(names.RUN_PIPELINE)) == 1
    assert len(life.called(names.COMPACT_INTERVAL)) == 1
    assert result(life).events == 40
    assert result(life).runs == ("fleet-20260101T000000Z-20260102T000000Z-r1",)


def test_a_closed_interval_waits_until_nothing_lands_any_more() -> None:
    """A backlog is taken in first: each batch puts the look off by the quiet time."""
    late = landings(598, 602, 606, 610)
    [life] = play(
        collect_burst, order().to_json(), burst_world(look(50, new=50), look(50)), raised=late
    )
    assert round(seconds(life, names.LOOK_AT_INTERVAL)[0]) == 615


def test_an_interval_does_not_wait_for_quiet_for_ever() -> None:
    """Batches that never stop put it off no longer than until `latest_at`."""
    latest = BEGAN + timedelta(seconds=CLOSES_S + 20)
    endless = landings(*range(590, 632, 2))
    [life] = play(
        collect_burst,
        order(latest_at=latest).to_json(),
        burst_world(look(50, new=50), look(60, new=10, revision=2), look(60)),
        raised=endless,
    )
    assert round(seconds(life, names.LOOK_AT_INTERVAL)[0]) == CLOSES_S + 20


def test_a_burst_is_scored_before_the_interval_is_closed() -> None:
    """The threshold is passed at 30 s: scored then, and once more when the interval is over."""
    [life] = play(
        collect_burst,
        order(max_events=100).to_json(),
        burst_world(look(110, new=110), look(130, new=20, revision=2), look(130)),
        raised=[*landings(10, 20, 30, events=40), *landings(300, events=20)],
    )
    assert [round(at) for at in seconds(life, names.RUN_PIPELINE)] == [31, 601]
    assert result(life).runs[-1].endswith("-r2")


def test_what_lands_during_a_run_makes_the_next_revision() -> None:
    """A batch that lands while the last run goes on is scored by the next one."""
    [life] = play(
        collect_burst,
        order().to_json(),
        burst_world(look(10, new=10), look(15, new=5, revision=2), look(15)),
        raised=landings(630),
    )
    assert len(result(life).runs) == 2


def test_what_lands_during_compaction_is_looked_at() -> None:
    """The story does not end over a signal that came after its last look."""

    def slowly(_: Json) -> Json:
        return Takes(30, answer(Compacted(files=2)))

    meets = burst_world(look(10, new=10), look(10), look(12, new=2, revision=2), look(12))
    meets[names.COMPACT_INTERVAL] = slowly
    [life] = play(collect_burst, order().to_json(), meets, raised=landings(670))
    assert len(result(life).runs) == 2


def test_a_signal_without_events_asks_for_another_look() -> None:
    """A neighbour's event has windows here: nothing is new in this folder, but the scores are."""

    def slowly(_: Json) -> Json:
        return Takes(30, answer(Compacted(files=2)))

    meets = burst_world(look(10, new=10), look(10), look(10, new=1, revision=2), look(10))
    meets[names.COMPACT_INTERVAL] = slowly
    [life] = play(collect_burst, order().to_json(), meets, raised=landings(670, events=0))
    assert len(result(life).runs) == 2


def test_what_lands_during_a_failed_run_is_tried_as_well() -> None:
    """The story does not end over a signal, whatever became of the run."""
    outcomes = iter([Broken("the endpoint was away"), Takes(60, {})])

    def run(_: Json) -> Json:
        outcome = next(outcomes)
        if isinstance(outcome, Broken):
            raise outcome
        return outcome

    looks = (look(10, new=10), look(12, new=2, revision=2), look(12))
    meets = burst_world(*looks, run=run)
    [life] = play(collect_burst, order().to_json(), meets, raised=landings(600.5))
    assert len(result(life).runs) == 2


def test_a_failed_run_ends_the_story_after_the_interval_is_closed() -> None:
    """The next run would fail as well: the ledger tells, and somebody has to look."""

    def fail(_: Json) -> Json:
        raise Broken("1 of 1 chunks failed; tolerated: 0")

    [life] = play(collect_burst, order().to_json(), burst_world(look(10, new=10), run=fail))
    assert life.error is None
    assert len(result(life).runs) == 1
    assert not life.called(names.COMPACT_INTERVAL)
    assert life.statuses[-1]["reason"].startswith("1 of 1 chunks failed")


def test_a_burst_whose_run_failed_is_scored_when_the_interval_closes() -> None:
    """While the interval is open there is another chance."""
    outcomes = iter([Broken("the endpoint was away"), Takes(60, {})])

    def run(_: Json) -> Json:
        outcome = next(outcomes)
        if isinstance(outcome, Broken):
            raise outcome
        return outcome

    looks = (look(10, new=10), look(10, new=10, revision=2), look(10))
    [life] = play(
        collect_burst,
        order(max_events=10).to_json(),
        burst_world(*looks, run=run),
        raised=landings(1),
    )
    assert len(result(life).runs) == 2


def test_nothing_new_costs_one_look() -> None:
    """An interval that was touched again without anything new is looked at, and that is all."""
    closed = order(closes_at=BEGAN - timedelta(hours=1), latest_at=BEGAN - timedelta(minutes=45))
    [life] = play(collect_burst, closed.to_json(), burst_world(look(10)))
    assert not life.called(names.RUN_PIPELINE)
    assert result(life).runs == ()


def test_many_signals_do_not_make_the_history_long() -> None:
    """The story continues as new with what it knows, and no life gets long."""
    batches = landings(*[n / 2 for n in range(1, 401)])
    lives = play(
        collect_burst, order().to_json(), burst_world(look(9, new=9), look(9)), raised=batches
    )
    assert len(lives) > 400 // SIGNALS_PER_LIFE - 1
    assert max(len(life.history) for life in lives) < 8 * SIGNALS_PER_LIFE
    assert result(lives[-1]).events == 9
    told = [BurstOrder.from_json(life.continued_as).signalled for life in lives[:-1]]
    assert told == sorted(told)


def test_a_refused_look_fails_the_story_with_its_reason() -> None:
    """The pipeline is not there any more: the orchestration fails and says so."""
    refused = refusal("UnknownPipelineError", "there is no pipeline 'fleet'")
    [life] = play(collect_burst, order().to_json(), burst_world(refused))
    assert life.error is not None
    assert "there is no pipeline" in life.error


def test_a_timer_that_is_not_needed_is_cancelled() -> None:
    """A burst comes before the interval is over: no timer keeps the story open."""
    [life] = play(
        collect_burst,
        order(max_events=10).to_json(),
        burst_world(look(10, new=10), look(10)),
        raised=landings(1),
    )
    timers = [call for call in life.calls if call.name == "timer"]
    assert len(timers) == 2
    assert life.ended_at - BEGAN < timedelta(seconds=CLOSES_S + 10)


def test_an_interval_of_a_week_is_waited_for_in_steps() -> None:
    """Azure Storage's timers last six days at most."""
    far = BEGAN + timedelta(days=7)
    [life] = play(
        collect_burst,
        order(closes_at=far, latest_at=far + timedelta(days=7)).to_json(),
        burst_world(look(1, new=1), look(1)),
    )
    waits: list[timedelta] = [call.wait for call in life.calls if call.name == "timer"]
    assert max(waits) <= timedelta(days=6)
    assert life.called(names.LOOK_AT_INTERVAL)[0].at >= far


def test_the_instants_of_an_order_survive_its_json() -> None:
    """What one life hands to the next is exact to the microsecond."""
    exact = order(last_signal_at=datetime.fromisoformat("2026-01-02T01:30:00.123456+00:00"))
    assert BurstOrder.from_json(exact.to_json()) == exact
