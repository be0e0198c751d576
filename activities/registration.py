"""Registers every activity under its name; the only file of this room that says azure."""

from __future__ import annotations

from importlib import import_module

import azure.durable_functions as df

from activities.boundary import guarded
from domain import names


def activities() -> df.Blueprint:
    """A blueprint with all activities: the function of the module of the same name."""
    blueprint = df.Blueprint()
    for name in names.ACTIVITIES:
        function = guarded(getattr(import_module(f"activities.{name}"), name))
        blueprint.function_name(name)(
            blueprint.activity_trigger(input_name="payload", activity=name)(function)
        )
    return blueprint
