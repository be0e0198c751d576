"""`train`: what is checked before anything is started, and how a failure is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from adapters.pipeline_files import load_pipeline
from commands.deployments import deployment_of
from commands.errors import UsageError
from tests.commands.conftest import Run
from tests.commands.serving import serving_app

ROOT = Path(__file__).resolve().parents[2]
SPAN = ("--from", "2026-01-01", "--to", "2026-01-02T00:00:00Z")
PIPELINE = load_pipeline(ROOT / "pipelines" / "fleet_health.yml")


class MakesWindows:
    """An app whose windows end as a test says; it keeps what it was asked."""

    def __init__(self) -> None:
        self.bodies: list[object] = []
        self.looks = [{"runtimeStatus": "Running", "customStatus": {"stage": "aggregating"}}]
        self.url = ""

    def starlette(self) -> Starlette:
        """The routes."""
        return Starlette(
            routes=[
                Route("/api/pipelines/{name}/windows", self._make, methods=["POST"]),
                Route("/durable/{id}", self._look),
            ]
        )

    async def _make(self, request: Request) -> JSONResponse:
        self.bodies.append(await request.json())
        return JSONResponse({"statusQueryGetUri": f"{self.url}/durable/x?code=secret"}, 202)

    async def _look(self, request: Request) -> JSONResponse:
        assert request.query_params["code"] == "secret"
        return JSONResponse(self.looks.pop(0))


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakesWindows]:
    """The app, where WINDROW_APP_URL says."""
    made = MakesWindows()
    with serving_app(made.starlette()) as url:
        made.url = url
        monkeypatch.setenv("WINDROW_APP_URL", url)
        yield made


def test_windows_that_cannot_be_made_are_told_with_the_reason(app: MakesWindows, run: Run) -> None:
    """The app's reason in one line; the address that it gave is asked as it is."""
    app.looks.append({"runtimeStatus": "Failed", "output": "no files match\nTraceback ..."})
    code, out, err = run("train", "fleet_health", *SPAN, "--fresh")
    assert (code, out) == (1, "")
    assert "the windows could not be made: no files match" in err
    assert "Traceback" not in err
    assert app.bodies == [
        {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "fresh": True}
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nope", *SPAN), "there is no pipeline 'nope' in"),
        (("fleet_health", "--from", "2026-01-02", "--to", "2026-01-02"), "--from must be before"),
        (("fleet_health", "--from", "soon", "--to", "2026-01-02"), "must be a day or an instant"),
        (("fleet_health", "--from", "2026-01-02"), "required: --to"),
    ],
)
def test_a_wrong_command_line_starts_nothing(
    arguments: tuple[str, ...], said: str, app: MakesWindows, run: Run
) -> None:
    """Exit code 2, one line, and the app was not asked."""
    code, _, err = run("train", *arguments)
    assert code == 2
    assert said in err
    assert app.bodies == []


def test_the_model_goes_where_the_deployment_takes_it_from(tmp_path: Path) -> None:
    """The pipeline's deployment, or the endpoint's default, names the model's folder."""
    (tmp_path / "endpoint.yml").write_text("name: anomaly\ndefaults: {deployment_name: blue}\n")
    for name in ("blue", "fleet"):
        (tmp_path / f"deployment.{name}.yml").write_text(
            f"name: {name}\nendpoint_name: anomaly\nmodel: {{path: models/{name}}}\n"
            f"tags: {{trainer: kind-{name}}}\n"
        )
    model = PIPELINE.model.model_copy(update={"deployment": "fleet"})
    named = deployment_of(PIPELINE.model_copy(update={"model": model}), tmp_path)
    assert (named.model, named.trainer) == (tmp_path / "models/fleet", "kind-fleet")
    model = PIPELINE.model.model_copy(update={"deployment": None})
    default = deployment_of(PIPELINE.model_copy(update={"model": model}), tmp_path)
    assert default.model == tmp_path / "models/blue"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: other\nendpoint_name: anomaly\n", "no deployment.*yml in .* describes"),
        ("name: fleet\nendpoint_name: anomaly\nmodel: azureml:m:1\n", "`model.path` must name"),
        ("name: [", "cannot be read as YAML"),
    ],
)
def test_a_deployment_that_cannot_take_the_model_is_named(
    text: str, said: str, tmp_path: Path
) -> None:
    """The message says what to do."""
    (tmp_path / "deployment.yml").write_text(text)
    model = PIPELINE.model.model_copy(update={"deployment": "fleet"})
    with pytest.raises(UsageError, match=said):
        deployment_of(PIPELINE.model_copy(update={"model": model}), tmp_path)
