"""Registers every orchestrator under its name."""

from __future__ import annotations

from importlib import import_module

import azure.durable_functions as df

from domain import names


def orchestrators() -> df.Blueprint:
    """A blueprint with all orchestrators: the function of the module of the same name."""
    blueprint = df.Blueprint()
    for name in names.ORCHESTRATORS:
        story = getattr(import_module(f"orchestrators.{name}"), name)
        blueprint.function_name(name)(
            blueprint.orchestration_trigger(context_name="context", orchestration=name)(story)
        )
    return blueprint
