"""Records the histories that guard running instances: `python -m tests.orchestrators.record`.

Record anew only when no run that the present code began will be replayed by the new code; see
`recordings.WHAT_TO_DO`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from domain import names
from domain.messages import Moment, Scaled, ScaleOrder
from orchestrators.collect_burst import collect_burst
from orchestrators.prepare_windows import prepare_windows
from orchestrators.run_pipeline import run_pipeline
from orchestrators.scale_clusters import scale_clusters
from orchestrators.score_chunk import LOOKS_PER_LIFE, score_chunk
from orchestrators.score_segment import score_segment
from tests.orchestrators.burst_scenes import burst_world, landings
from tests.orchestrators.burst_scenes import look as look_at
from tests.orchestrators.burst_scenes import order as burst_order
from tests.orchestrators.recordings import FOLDER, save
from tests.orchestrators.replaying import Broken, Json, Life, Takes, play
from tests.orchestrators.scenes import (
    always,
    answer,
    chunk_order,
    chunk_world,
    in_turn,
    look,
    refusal,
    request,
    run_world,
    segment_order,
)


def scenes() -> Iterator[tuple[str, Life]]:
    """The lives to record, by name."""
    yield from _runs()
    yield from _segments()
    yield from _chunks()
    yield from _bursts()
    yield from _clusters()


def _runs() -> Iterator[tuple[str, Life]]:
    stumbling = in_turn(Broken("503"), answer({"deployment": "blue"}), forever=True)
    world = run_world(slices=5, chunks=25, size=10, **{names.CHECK_ENDPOINT: stumbling})
    sent = request(chunks_in_flight=6, segment_size=10).to_json()
    yield "run_pipeline.completed_2", play(run_pipeline, sent, world)[0]
    first = request(chunks_in_flight=6, segment_size=10).model_copy(update={"story": 1}).to_json()
    yield "run_pipeline.completed", play(run_pipeline, first, world)[0]
    yield "prepare_windows.made", play(prepare_windows, sent, world)[0]
    refused = always(refusal("SourceError", "a.csv: has no column `ts`"))
    world = run_world(**{names.LIST_INPUTS: refused})
    yield "run_pipeline.failed", play(run_pipeline, sent, world)[0]


def _segments() -> Iterator[tuple[str, Life]]:
    def score(order: Json) -> Json:
        if order["chunk"] == 4:
            raise Broken("terminated")
        return Takes(order["chunk"] % 3 * 20 + 1, {"chunk": order["chunk"], "scored": True})

    order = segment_order(8, 3).to_json()
    yield "score_segment.eight_chunks", play(score_segment, order, {names.SCORE_CHUNK: score})[0]


def _chunks() -> Iterator[tuple[str, Life]]:
    order = chunk_order(poll_cap_s=600.0).to_json()
    looks = [look("Queued"), look("Running"), look("Failed", message="node lost")]
    looks += [look("Running")] * 10 + [look("Running", 1), look("Completed", 2)]
    yield "score_chunk.third_attempt", play(score_chunk, order, chunk_world(*looks))[0]
    world = chunk_world(*[look("Canceled")] * 3)
    yield "score_chunk.given_up", play(score_chunk, order, world)[0]
    looks = [look("Running", n) for n in range(LOOKS_PER_LIFE)] + [look("Completed")]
    first, second = play(score_chunk, chunk_order().to_json(), chunk_world(*looks))
    yield "score_chunk.first_life", first
    yield "score_chunk.second_life", second


def _bursts() -> Iterator[tuple[str, Life]]:
    looks = (look_at(40, new=40), look_at(60, new=20, revision=2), look_at(60))
    sent, batches = burst_order(max_events=30).to_json(), landings(5, 10, 15, 200, 602, 640)
    [life] = play(collect_burst, sent, burst_world(*looks), raised=batches)
    yield "collect_burst.burst_and_end", life


def _clusters() -> Iterator[tuple[str, Life]]:
    orders = [ScaleOrder(pipeline=name, moment=Moment.TICK).to_json() for name in ("a", "b", "c")]
    scale = in_turn(
        answer(Scaled(changed=True, min_instances=2, idle_s=120, why="a run is near")),
        Broken("503"),
        refusal("EndpointError", "no such workspace"),
    )
    [life] = play(scale_clusters, orders, {names.SCALE_COMPUTE: scale})
    yield "scale_clusters.a_tick", life


def main() -> int:
    """Writes all recordings. Answers the exit code."""
    FOLDER.mkdir(exist_ok=True)
    for name, life in scenes():
        save(name, life)
        sys.stdout.write(f"{name}: {len(life.history)} events\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
