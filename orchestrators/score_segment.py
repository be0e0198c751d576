"""A segment: a bounded group of chunks, of which a bounded number is in flight.

Input: `SegmentOrder`. Output: `SegmentResult`.

1. Start a `score_chunk` for the first chunks, up to `in_flight`.
2. Whenever one ends, start the next.

A segment exists because the history of an orchestration is replayed at every step: a flat fan-out
over all chunks would cost quadratically in their number.
"""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from domain import names
from domain.messages import ChunkOrder, ChunkResult, SegmentOrder, SegmentResult
from domain.runs import chunk_instance_id
from orchestrators.calls import Story


def score_segment(context: df.DurableOrchestrationContext) -> Story:
    """The story above."""
    order = SegmentOrder.from_json(context.get_input())
    waiting = list(range(order.first, order.first + order.count))
    running: list[Any] = []
    scored = 0
    while waiting or running:
        while waiting and len(running) < order.in_flight:
            running.append(_start(context, order, waiting.pop(0)))
        ended = yield context.task_any(running)
        running.remove(ended)
        if isinstance(ended.result, Exception):
            continue  # a chunk's story broke off (terminated, or a defect): reconciling will tell
        scored += ChunkResult.from_json(ended.result).scored
    return SegmentResult(scored=scored, failed=order.count - scored).to_json()


def _start(context: df.DurableOrchestrationContext, order: SegmentOrder, chunk: int) -> Any:
    chunk_order = ChunkOrder(run=order.run, segment=order.segment, chunk=chunk, policy=order.policy)
    return context.call_sub_orchestrator(
        names.SCORE_CHUNK,
        chunk_order.to_json(),
        instance_id=chunk_instance_id(order.run.run_id, chunk),
    )
