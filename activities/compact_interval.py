"""Makes one file of the many that batches have left for an interval.

Input: `IntervalOrder`. Output: `Compacted`.
Raises: UnknownPipelineError, LakeError, TransientError.

Only the orchestration that collects the interval calls it, so there is one at a time.
"""

from __future__ import annotations

from typing import Any

from adapters.aggregation import Limits, scratch_folder
from adapters.context import context, pipeline_named
from adapters.streams.compaction import compact
from domain.intervals import labelled
from domain.messages import Compacted, IntervalOrder
from domain.pipeline.events import EventsSource


def compact_interval(payload: dict[str, Any]) -> dict[str, Any]:
    """Compacts; running it again changes nothing."""
    order = IntervalOrder.from_json(payload)
    pipeline, settings = pipeline_named(order.pipeline), context().settings
    source = pipeline.source
    if not isinstance(source, EventsSource):
        return Compacted(files=0).to_json()  # it is not a stream any more
    interval = labelled(order.interval, source.every_us)
    limits = Limits(settings.aggregation_memory_limit, settings.aggregation_threads)
    with scratch_folder(settings.aggregation_temp_dir) as folder:
        files = compact(context().lake, pipeline.name, interval, folder, limits)
    return Compacted(files=files).to_json()
