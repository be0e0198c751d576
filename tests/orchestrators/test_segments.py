"""Segments: how many chunks a run and a segment keep in flight."""

import pytest

from domain import names
from domain.messages import SegmentOrder
from orchestrators.run_pipeline import SEGMENTS_IN_FLIGHT, run_pipeline
from orchestrators.score_segment import score_segment
from tests.orchestrators.replaying import Broken, Call, Json, Life, Takes, play
from tests.orchestrators.scenes import request, run_world, segment_order


def scored(order: Json) -> Json:
    """Odd chunks take long, so that they end in another order than they began."""
    seconds = 50 if order["chunk"] % 2 else 3
    return Takes(seconds, {"chunk": order["chunk"], "scored": True})


def segment(count: int, in_flight: int, chunk: object = scored, first: int = 1) -> Life:
    """The only life of a segment."""
    order = segment_order(count, in_flight, first=first)
    [life] = play(score_segment, order.to_json(), {names.SCORE_CHUNK: chunk})
    return life


def allowed(call: Call) -> int:
    """The most chunks that an open segment may keep in flight."""
    return SegmentOrder.from_json(call.input).in_flight


@pytest.mark.parametrize("in_flight", range(1, 14))
@pytest.mark.parametrize("chunks", [1, 2, 9, 30, 41])
def test_a_run_never_exceeds_its_chunks_in_flight(in_flight: int, chunks: int) -> None:
    """The segments that are open at once share the limit among them, without remainder."""
    size = 10
    world = run_world(slices=1, chunks=chunks, size=size)
    sent = request(chunks_in_flight=in_flight, segment_size=size)
    [life] = play(run_pipeline, sent.to_json(), world)
    assert life.peak(names.SCORE_SEGMENT) <= SEGMENTS_IN_FLIGHT
    assert life.peak(names.SCORE_SEGMENT, allowed) == in_flight


@pytest.mark.parametrize("chunks", [1, 9, 10, 11, 25, 100])
def test_the_segments_of_a_run_hold_every_chunk_once(chunks: int) -> None:
    """First and count cut the chunks 1 to n without gap or overlap; ids follow the numbers."""
    sent = request(segment_size=10)
    world = run_world(slices=1, chunks=chunks, size=10)
    [life] = play(run_pipeline, sent.to_json(), world)
    calls = life.called(names.SCORE_SEGMENT)
    orders = [SegmentOrder.from_json(call.input) for call in calls]
    held = [n for order in orders for n in range(order.first, order.first + order.count)]
    assert held == list(range(1, chunks + 1))
    ids = [call.action["instanceId"] for call in calls]
    assert ids == [f"{sent.run.run_id}:s{order.segment:05d}" for order in orders]


@pytest.mark.parametrize(("count", "in_flight"), [(1, 5), (5, 1), (12, 4), (7, 7), (40, 13)])
def test_a_segment_slides(count: int, in_flight: int) -> None:
    """Chunks start in order, as many at once as allowed, each under its own id."""
    life = segment(count, in_flight, first=51)
    calls = life.called(names.SCORE_CHUNK)
    assert [call.input["chunk"] for call in calls] == list(range(51, 51 + count))
    assert life.peak(names.SCORE_CHUNK) == min(count, in_flight)
    run_id = segment_order(1, 1).run.run_id
    assert [c.action["instanceId"] for c in calls] == [
        f"{run_id}:c{n:05d}" for n in range(51, 51 + count)
    ]
    assert life.output == {"scored": count, "failed": 0}


def test_a_place_is_taken_as_soon_as_it_is_free() -> None:
    """Two slow chunks do not hold up the quick ones that share the segment with them."""
    calls = segment(10, 2).called(names.SCORE_CHUNK)
    quick_then_next = calls[2].at - calls[0].at
    assert quick_then_next.total_seconds() == 3


def test_a_chunk_that_was_given_up_counts_as_failed() -> None:
    """A chunk's end is data: the others go on."""
    life = segment(6, 2, lambda o: {"chunk": o["chunk"], "scored": o["chunk"] != 3})
    assert life.output == {"scored": 5, "failed": 1}


def test_a_chunk_that_breaks_off_counts_as_failed() -> None:
    """A sub-orchestration that was terminated, or has a defect, does not stop the others."""

    def third_breaks(order: Json) -> Json:
        if order["chunk"] == 3:
            raise Broken("terminated")
        return scored(order)

    assert segment(6, 2, third_breaks).output == {"scored": 5, "failed": 1}
