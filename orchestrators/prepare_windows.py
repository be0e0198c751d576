"""The windows of a span without scores: what a model is trained on.

Input: `RunRequest`, whose run has an id of its own. Output: `Prepared`.

1. Pin the pipeline as it is now.
2. List the inputs as slices.
3. Aggregate the slices into windows, as a run does, by the same activities.

The ledger knows nothing of it: no row is scored, so there is nothing to account for.
"""

from __future__ import annotations

import azure.durable_functions as df

from domain import lake_paths, names
from domain.messages import Listing, Prepared, RunRequest
from domain.runs import Stage
from orchestrators.aggregating import aggregate_slices
from orchestrators.calls import Story, call, now
from orchestrators.progress import Progress


def prepare_windows(context: df.DurableOrchestrationContext) -> Story:
    """The story above."""
    request = RunRequest.from_json(context.get_input())
    progress = Progress(context, request, began=now(context))
    progress.show()
    yield from call(context, names.PIN_PIPELINE, request)
    listing = Listing.from_json((yield from call(context, names.LIST_INPUTS, request.run)))
    progress.counts |= {"files": listing.files, "slices": listing.slices, "slices_done": 0}
    progress.enter(Stage.AGGREGATING)
    yield from aggregate_slices(context, progress, listing.slices)
    progress.enter(Stage.ENDED)
    folder = lake_paths.run_windows(request.run.pipeline, request.run.run_id)
    return Prepared(folder=folder, counts=progress.counts).to_json()
