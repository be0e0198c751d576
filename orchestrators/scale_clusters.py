"""Has the cost policy look at every pipeline's cluster, one after the other.

Input: a list of `ScaleOrder`. Output: what became of each, as one line of text.

Pipelines may share a cluster, so nothing here runs at once. A cluster that cannot be looked at does
not keep the policy from the others, and is not tried again before the timer's next tick.
"""

from __future__ import annotations

import azure.durable_functions as df

from domain import names
from domain.messages import Scaled, ScaleOrder
from orchestrators.calls import Story, answer_of, plain_reason


def scale_clusters(context: df.DurableOrchestrationContext) -> Story:
    """The story above."""
    told = []
    for data in context.get_input():
        order = ScaleOrder.from_json(data)
        try:
            result = yield context.call_activity(names.SCALE_COMPUTE, order.to_json())
            said = Scaled.from_json(answer_of(result)).why
        except Exception as error:  # noqa: BLE001 (the next tick tries again)
            said = plain_reason(error)
        told.append(f"{order.pipeline}: {said}")
    return told
