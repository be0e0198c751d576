"""The HTTP API as a caller sees it."""

from __future__ import annotations

import pytest

from tests.e2e.world import World, readings
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e")


def test_starting_a_run_answers_the_durable_payload(world: World) -> None:
    """202, a Location, and the standard links; the same request again is the same run."""
    world.put("raw/api/a.parquet", readings("a"))

    first = world.post("devices", revision=31, input="raw/api/*.parquet")
    second = world.post("devices", revision=31, input="raw/api/*.parquet")

    assert first.status_code == second.status_code == 202
    body = first.json()
    assert body["id"] == second.json()["id"] == "devices-20260301T000000Z-20260301T010000Z-r31"
    assert first.headers["Location"] == body["statusQueryGetUri"]
    assert {"sendEventPostUri", "terminatePostUri", "purgeHistoryDeleteUri"} <= set(body)
    run = world.ended(body["id"])
    assert run["counts"]["jobs_submitted"] == 1
    wait_until(
        lambda: world.api.get(body["statusQueryGetUri"]).json()["runtimeStatus"] == "Completed",
        description="the orchestration ends after it told the ledger",
    )
    again = world.post("devices", revision=31, input="raw/api/*.parquet")
    assert again.status_code == 202
    assert world.run(body["id"])["started_at"] == run["started_at"]


def test_the_same_run_with_another_input_is_a_conflict(world: World) -> None:
    """A run id stands for one input; another needs another revision."""
    world.put("raw/conflict/a.parquet", readings("a"))
    world.ended(world.start("devices", revision=32, input="raw/conflict/a.parquet"))

    answer = world.post("devices", revision=32, input="raw/conflict/*.parquet")

    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "another revision" in answer.json()["detail"]


def test_a_newer_revision_replaces_the_older_rows(world: World) -> None:
    """In SQL the newer revision wins; the older run's rows are not doubled."""
    world.put("raw/revised/one.parquet", readings("revised"))
    corrected = readings("revised").assign(value=lambda f: f["value"] + 100)
    world.put("raw/revised/two.parquet", corrected)
    first = world.ended(world.start("devices", revision=33, input="raw/revised/one.parquet"))
    second = world.ended(world.start("devices", revision=34, input="raw/revised/two.parquet"))
    older = world.ended(world.start("devices", revision=30, input="raw/revised/one.parquet"))

    assert first["counts"]["rows_in_sql"] == second["counts"]["rows_in_sql"] == 12
    assert older["status"] == "Completed"
    assert (older["counts"]["rows_in_sql"], older["counts"]["rows_superseded"]) == (0, 12)
    rows = world.sql("SELECT revision, score FROM devices_scores WHERE device = 'revised'")
    assert [row["revision"] for row in rows] == [34] * 12
    assert all(row["score"] > 200 for row in rows)


def test_every_wrong_field_of_a_body_is_named(world: World) -> None:
    """A body with several mistakes is answered with all of them, as problem details."""
    body = {"from": "yesterday", "to": "2026-03-01", "revision": 0, "speed": 9}
    answer = world.api.post("/api/pipelines/devices/runs", json=body)

    assert answer.status_code == 400
    problem = answer.json()
    assert problem["title"] == "Bad Request"
    fields = {error["field"] for error in problem["errors"]}
    assert fields == {"from", "to", "revision", "speed"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "(body)"),
        (b"[]", "(body)"),
        (b'{"from":"2026-03-02T00:00:00Z","to":"2026-03-01T00:00:00Z"}', "to"),
        (b'{"from":"2026-03-01T00:00:00","to":"2026-03-02T00:00:00Z"}', "from"),
        (
            b'{"from":"2026-03-01T00:00:00Z","to":"2026-03-02T00:00:00Z","input":"../x"}',
            "input",
        ),
    ],
)
def test_wrong_bodies_are_refused(world: World, body: bytes, field: str) -> None:
    """JSON that is broken, of another shape, or of impossible values is a 400 naming the field."""
    answer = world.api.post("/api/pipelines/devices/runs", content=body)

    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_unknown_names_are_not_found(world: World) -> None:
    """A pipeline or a run that does not exist is a 404 with problem details."""
    for path in ("/api/pipelines/none", "/api/runs/none", "/api/runs?pipeline=none"):
        answer = world.api.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["status"] == 404
    assert world.post("none").status_code == 404


def test_an_input_for_a_table_source_is_refused(world: World) -> None:
    """Only files can be given by name."""
    answer = world.post("wide", input="raw/x.csv")

    assert answer.status_code == 400
    assert "table" in answer.json()["detail"]


def test_pipelines_are_listed_and_shown(world: World) -> None:
    """The list has every pipeline; one of them is shown as its file says, defaults included."""
    names = {p["name"] for p in world.api.get("/api/pipelines").json()["pipelines"]}
    assert {"devices", "wide", "daily"} <= names
    shown = world.api.get("/api/pipelines/devices").json()
    assert shown["windows"] == {"kind": "tumbling", "size": "5m", "offset": "0s", "closed": "right"}


def test_runs_are_listed_newest_first_and_filtered(world: World) -> None:
    """Filters by pipeline and status; a wrong filter is named."""
    world.put("raw/listed/a.parquet", readings("a"))
    run = world.ended(world.start("devices", revision=35, input="raw/listed/*.parquet"))

    listed = world.api.get("/api/runs", params={"pipeline": "devices", "status": "Completed"})

    runs = listed.json()["runs"]
    assert run["run_id"] in {entry["run_id"] for entry in runs}
    assert {entry["pipeline"] for entry in runs} == {"devices"}
    started = [entry["started_at"] for entry in runs]
    assert started == sorted(started, reverse=True)
    wrong = world.api.get("/api/runs", params={"status": "Great", "limit": "0", "colour": "red"})
    assert wrong.status_code == 400
    assert {e["field"] for e in wrong.json()["errors"]} == {"status", "limit", "colour"}
