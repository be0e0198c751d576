"""Windrow's composition root: what the Functions host loads. Registrations only."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from activities.registration import activities
from adapters.context import pipelines
from orchestrators.registration import orchestrators
from triggers.event_hub import event_hubs
from triggers.http import http
from triggers.scaling import scaling
from triggers.stream_routes import stream_routes
from triggers.sweeper import sweeper
from triggers.timer import timers

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(http())
app.register_functions(stream_routes())
app.register_functions(timers(pipelines()))
app.register_functions(event_hubs(pipelines()))
app.register_functions(sweeper(pipelines()))
app.register_functions(scaling(pipelines()))
app.register_functions(orchestrators())
app.register_functions(activities())
