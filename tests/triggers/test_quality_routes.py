"""Rejected rows and quality, as callers see them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest

from activities.measure_quality import measure_quality
from activities.upsert_scores import upsert_scores
from adapters.context import context
from domain.pipeline import Pipeline
from domain.runs import RunStatus, Stage
from tests.activities.scoring import RUN, Planned
from tests.adapters.scores_db.samples import row, sample_record
from tests.domain.notes import numbers
from tests.streams.memory_lake import MemoryLake
from triggers.quality_routes import add_quality_routes
from triggers.run_view import run_details

Known = Callable[[Pipeline], Pipeline]
REASONS = ["unknown key", None, "nan: score", "unknown key", "lost"]


def get(route: str, name: str, **parameters: str) -> tuple[int, Any]:
    """The answer of a route: its status and its body."""
    blueprint = df.Blueprint()
    add_quality_routes(blueprint)
    app = df.DFApp()
    app.register_functions(blueprint)
    routes = {one.get_trigger().route: one.get_user_function() for one in app.get_functions()}
    place = route.partition("{")[2].partition("}")[0]
    request = func.HttpRequest(
        "GET", f"/api/{route}", params=parameters, route_params={place: name}, body=b""
    )
    answer = asyncio.run(routes[route](request))
    return answer.status_code, json.loads(answer.get_body())


@pytest.fixture
def planned(known: Known, lake: MemoryLake) -> Planned:
    """A run that was scored with four rejected rows, and measured."""
    planned = Planned(lake, parts=3)
    known(planned.pipeline)
    context().scores.record_run(sample_record(facts={"quality": {"columns": 1}}))
    rows = [row(f"d{n}", rejected_reason=why) for n, why in enumerate(REASONS)]
    planned.put("all.parquet", [*rows, row("d9", score=None)])
    planned.note(0, mean=numbers([0.5, None]))
    upsert_scores(planned.order())
    measure_quality(RUN.to_json())
    return planned


@pytest.mark.usefixtures("planned")
def test_rejected_rows_are_listed_page_by_page() -> None:
    """Every row once, with keys, window, kind and reason; the last page says that it is."""
    found, parameters = [], {"limit": "2"}
    while True:
        status, page = get("runs/{run_id}/rejected", RUN.run_id, **parameters)
        assert status == 200 and len(page["rows"]) <= 2
        found += page["rows"]
        if page["next"] is None:
            break
        parameters["after"] = page["next"]
    assert found[0] == {
        "keys": {"device": "d0", "sensor": "s1"},
        "window_end": "2026-01-01T00:05:00Z",
        "kind": "unknown key",
        "reason": "unknown key",
        "chunk": 1,
    }
    assert [one["keys"]["device"] for one in found] == ["d0", "d2", "d3", "d4", "d9"]
    assert [one["kind"] for one in found] == ["unknown key", "nan", "unknown key", "other", "nan"]


@pytest.mark.usefixtures("planned")
def test_rejected_rows_are_listed_by_kind() -> None:
    """Pages are those of the kind."""
    parameters = {"kind": "nan", "limit": "1"}
    _, first = get("runs/{run_id}/rejected", RUN.run_id, **parameters)
    _, second = get("runs/{run_id}/rejected", RUN.run_id, **parameters, after=first["next"])
    assert [one["reason"] for one in first["rows"]] == ["nan: score"]
    assert [one["keys"]["device"] for one in second["rows"]] == ["d9"]
    assert second["next"] is None


@pytest.mark.usefixtures("planned")
def test_wrong_parameters_are_told_at_once() -> None:
    """With what they may be."""
    status, problem = get("runs/{run_id}/rejected", RUN.run_id, kind="x", limit="0", after="1")
    assert status == 400
    assert {one["field"] for one in problem["errors"]} == {"kind", "limit", "after"}
    assert get("pipelines/{name}/quality", "fleet", colum="x")[0] == 400
    assert get("runs/{run_id}/quality", RUN.run_id, limit="1")[0] == 400


@pytest.mark.usefixtures("planned")
def test_the_quality_of_a_run_and_of_a_pipeline() -> None:
    """The same lines; the history by column."""
    status, found = get("runs/{run_id}/quality", RUN.run_id)
    [line] = found["quality"]
    assert (status, line["column_name"], line["rows"], line["nulls"]) == (200, "mean", 2, 1)
    assert (line["from"], line["to"]) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    assert (line["mean"], line["model_version"]) == (0.5, "v1")
    assert get("pipelines/{name}/quality", "fleet", column="mean") == (200, found)
    assert get("pipelines/{name}/quality", "fleet", column="other") == (200, {"quality": []})


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize(
    ("route", "name"),
    [
        ("runs/{run_id}/rejected", "no-such-run"),
        ("runs/{run_id}/quality", "no-such-run"),
        ("pipelines/{name}/quality", "no_such_pipeline"),
    ],
)
def test_what_is_not_there_is_not_found(route: str, name: str) -> None:
    """As for the other routes."""
    assert get(route, name)[0] == 404


@pytest.mark.usefixtures("planned")
def test_a_run_shows_its_facts() -> None:
    """Whatever topics the ledger has."""
    client = SimpleNamespace(get_status=_no_status)
    context().scores.record_run(
        sample_record(RunStatus.COMPLETED, Stage.ENDED, facts={"rejected": {"nan": 2}})
    )
    details = asyncio.run(run_details(client, RUN.run_id))
    assert details["facts"] == {"quality": {"columns": 1}, "rejected": {"nan": 2}}


async def _no_status(run_id: str, show_input: bool = False) -> None:
    return None
