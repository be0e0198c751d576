"""`cost`: what a month costs, with its arithmetic, and without a cloud."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.commands.conftest import Run
from tests.commands.serving import serving_app

NOWHERE = ("--app", "http://127.0.0.1:9")


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings of this machine; the path of a file for some."""
    for name in ("COMPUTE_PRICE_PER_NODE_HOUR", "COMPUTE_CURRENCY", "COMPUTE_START_SECONDS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "local.settings.json"


@pytest.fixture
def app() -> Iterator[str]:
    """An app that knows two past runs."""

    async def runs(request: Request) -> JSONResponse:
        assert request.query_params["pipeline"] == "fleet_health"
        return JSONResponse({"runs": [{"run_id": "r1"}, {"run_id": "r2"}]})

    async def one(request: Request) -> JSONResponse:
        scoring = {"r1": 100.0, "r2": 300.0}[request.path_params["run_id"]]
        seconds = {"listing": 10.0, "aggregating": 20.0, "scoring": scoring}
        return JSONResponse({"seconds": seconds, "counts": {"chunks": 2}})

    routes = [Route("/api/runs", runs), Route("/api/runs/{run_id}", one)]
    with serving_app(Starlette(routes=routes)) as url:
        yield url


def row(out: str, name: str) -> list[str]:
    """The cells of a row of the table."""
    [line] = [line for line in out.splitlines() if line.startswith(name)][:1]
    return line.removeprefix(name).split()


def test_three_ways_are_compared(run: Run, settings: Path) -> None:
    """100 runs a month of 10 minutes on 2 nodes, which start in 240 s and idle for 120."""
    code, out, err = run(
        *("cost", "fleet_health", "--settings", str(settings), *NOWHERE),
        *("--runs-per-month", "100", "--run-minutes", "10", "--nodes", "2"),
        *("--start-seconds", "240", "--price", "0.5"),
    )
    assert (code, err) == (0, "")
    assert row(out, "always on") == ["1,460.0", "730.00", "0", "s"]
    assert row(out, "to zero") == ["53.3", "26.67", "4.0", "min"]
    assert row(out, "cost policy") == ["65.0", "32.50", "0", "s"]
    assert "100.0 runs x 2 nodes x 960 s: 600 s of work, 360 s of starting and idling" in out
    assert "before a run, nodes are warmed ahead (100 times a month)" in out
    assert "now the policy would keep 0 nodes: the next run begins in 7.3 h" in out


def test_past_runs_are_asked_for(run: Run, settings: Path, app: str) -> None:
    """The medians, and how many jobs ran at once."""
    _, out, _ = run("cost", "fleet_health", "--settings", str(settings), "--app", app)
    assert "on 2 nodes; 30 s before scoring, 3.3 min of scoring (the medians of 2 past" in out


def test_without_an_app_and_a_price_it_says_what_is_supposed(run: Run, settings: Path) -> None:
    """And how to do better."""
    code, out, _ = run("cost", "fleet_health", "--settings", str(settings), *NOWHERE)
    assert code == 0
    assert "(supposed, since there are no past runs: the app at http://127.0.0.1:9 does not" in out
    assert "no price is known: --price, or the setting COMPUTE_PRICE_PER_NODE_HOUR" in out
    assert row(out, "to zero")[1] == "-"


def test_settings_come_from_the_file_and_the_environment(
    run: Run, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment wins; a limit of the month is told."""
    values = {"COMPUTE_PRICE_PER_NODE_HOUR": "9", "COMPUTE_CURRENCY": "EUR", "//X": "a comment"}
    values |= {"SCHEDULE__fleet_health": "0 0 */6 * * *", "COMPUTE_MAX_COST_PER_MONTH": "10"}
    settings.write_text(json.dumps({"Values": values}))
    monkeypatch.setenv("COMPUTE_PRICE_PER_NODE_HOUR", "0.5")
    _, out, _ = run(
        "cost", "fleet_health", "--settings", str(settings), "--run-minutes", "10", *NOWHERE
    )
    assert "cost a month (EUR)" in out
    assert row(out, "always on")[1] == "1,460.00"
    assert "fleet_health: 122.0 runs a month" in out or "fleet_health: 121.0 runs a month" in out
    assert "no nodes ahead of time: a month would cost" in out


def test_low_priority_has_a_price_of_its_own(run: Run, settings: Path) -> None:
    """The other price is no substitute."""
    settings.write_text(json.dumps({"Values": {"COMPUTE_PRICE_PER_NODE_HOUR": "9"}}))
    arguments = ("cost", "fleet_health", "--settings", str(settings), "--run-minutes", "5")
    assert "no price is known" in run(*arguments, "--low-priority")[1]
    assert "no price is known" not in run(*arguments)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nope",), "there is no pipeline 'nope'"),
        (("readings", "--run-minutes", "5"), "readings has no schedule: say how often with"),
        (("fleet_health", "--price", "free"), "must be a number of at least 0; got free"),
        (("fleet_health", "--nodes", "0"), "must be a whole number from 1 to 100000; got 0"),
        (("fleet_health", "--app", "ftp://x"), "--app must be a URL such as"),
    ],
)
def test_what_is_wrong_is_told(
    arguments: tuple[str, ...], said: str, run: Run, settings: Path
) -> None:
    """Exit code 2, and nothing on stdout."""
    code, out, err = run("cost", *arguments, "--settings", str(settings))
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_wrong_settings_are_told_by_name(run: Run, settings: Path) -> None:
    """A file that is none, a price that is none, a schedule that is none."""
    arguments = ("cost", "fleet_health", "--settings", str(settings), "--run-minutes", "5")
    settings.write_text("[]")
    assert "local.settings.json must be JSON with a section `Values`" in run(*arguments)[2]
    settings.write_text(json.dumps({"Values": {"COMPUTE_PRICE_PER_NODE_HOUR": "s3cret"}}))
    code, _, err = run(*arguments)
    assert (code, "`COMPUTE_PRICE_PER_NODE_HOUR` must be" in err, "s3cret" in err) == (
        2,
        True,
        False,
    )
    settings.write_text(json.dumps({"Values": {"SCHEDULE__fleet_health": "at night"}}))
    assert "must be an NCRONTAB expression" in run(*arguments)[2]


def test_help_tells_every_option(run: Run) -> None:
    """With what is taken otherwise."""
    code, out, _ = run("cost", "--help")
    assert code == 0
    assert all(name in out for name in ("--runs-per-month", "--start-seconds", "--price"))
