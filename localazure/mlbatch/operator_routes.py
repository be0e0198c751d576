"""Calls that Azure does not have: faults to plan, and the meter to read."""

from collections.abc import Callable
from dataclasses import asdict

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localazure.fidelity import own
from localazure.mlbatch.errors import InvalidRequestError
from localazure.mlbatch.fault_rules import FaultRule
from localazure.mlbatch.guards import Guard
from localazure.mlbatch.plane import Plane
from localazure.mlbatch.problems import problems_of
from localazure.stated_route import StatedRoute


class _Plan(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: tuple[FaultRule, ...]


_FAULTS = own("which failures of Azure ML are to happen")


class OperatorRoutes:
    """The handlers; ``plane`` becomes known when the service starts."""

    def __init__(self, guard: Guard, plane: Callable[[], Plane]) -> None:
        self._guard = guard
        self._plane = plane

    def routes(self) -> list[Route]:
        """Return the routes."""
        guard = self._guard.own
        return [
            StatedRoute("/mlbatch/faults", guard(self._get_faults), _FAULTS),
            StatedRoute("/mlbatch/faults", guard(self._put_faults), _FAULTS, methods=["PUT"]),
            StatedRoute(
                "/mlbatch/metering", guard(self._get_metering), own("node-seconds of jobs")
            ),
        ]

    async def _get_faults(self, _request: Request) -> Response:
        return JSONResponse({"faults": self._plane().faults.told()})

    async def _put_faults(self, request: Request) -> Response:
        try:
            plan = _Plan.model_validate_json(await request.body() or b"null")
        except ValidationError as error:
            raise InvalidRequestError(problems_of(error)) from error
        self._plane().faults.replace(plan.faults)
        return await self._get_faults(request)

    async def _get_metering(self, request: Request) -> Response:
        plane = self._plane()
        plane.scheduler.fleet.beat()
        computes = []
        for use in plane.meter.computes():
            compute = plane.computes.named(use.compute)
            computes.append({**asdict(use), "vm_size": compute.size, "tier": compute.tier})
        jobs = plane.meter.jobs(request.query_params.get("jobs", "*"))
        return JSONResponse({"computes": computes, "jobs": [asdict(use) for use in jobs]})
