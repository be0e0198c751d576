"""A timer that has the cost policy look at the clusters now and then.

Without it nodes could only be kept and let go when a run begins or ends, never be started ahead of
one. It is registered only if COST_POLICY says that something may be done.
"""

from __future__ import annotations

import logging
import os

import azure.durable_functions as df
import azure.functions as func

from domain import names
from domain.cost_settings import CostPolicy, read_cost_settings
from domain.messages import Moment, ScaleOrder
from domain.pipeline import Pipeline
from triggers.collecting import is_running

LOGGER = logging.getLogger("windrow.costs")
INSTANCE = "scale-clusters"
"""The one instance: two of them at once would only get into each other's way."""


def scaling(pipelines: dict[str, Pipeline]) -> df.Blueprint:
    """A blueprint with one timer; empty while the cost policy is off. Raises SettingsError."""
    blueprint = df.Blueprint()
    settings = read_cost_settings(os.environ)
    if settings.policy is not CostPolicy.OFF and pipelines:

        @blueprint.function_name("scale_clusters_timer")
        @blueprint.timer_trigger(arg_name="timer", schedule=settings.schedule)
        @blueprint.durable_client_input(client_name="client")
        async def tick(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
            del timer
            await have_scaled(client, pipelines)

    return blueprint


async def have_scaled(
    client: df.DurableOrchestrationClient, pipelines: dict[str, Pipeline]
) -> bool:
    """Starts `scale_clusters` for all pipelines, unless it is running. Answers whether it did."""
    if await is_running(client, INSTANCE):
        LOGGER.info("the cost policy is still looking since the last tick")
        return False
    orders = [ScaleOrder(pipeline=name, moment=Moment.TICK).to_json() for name in pipelines]
    await client.start_new(names.SCALE_CLUSTERS, instance_id=INSTANCE, client_input=orders)
    return True
