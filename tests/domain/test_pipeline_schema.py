"""The JSON Schema for editors agrees with the model that reads the files."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from adapters.pipeline_schema import main, schema_text
from domain.errors import PipelineFileError
from domain.pipeline import parse_pipeline
from tests.domain.samples import TABLE, data

FOLDER = Path(__file__).resolve().parents[2] / "pipelines"
FILE = FOLDER / "pipeline.schema.json"

GOOD: list[dict[str, Any]] = [
    {},
    {"source": TABLE},
    {"source": {"kind": "windows", "path": "ready/*", "timestamp": "end", "key": ["a"]}},
    {"source": {"kind": "events", "event_hub": "%HUB%", "timestamp": "a.b", "key": ["a"]}},
    {"source__key": {"a": "Any Text"}},
    {"windows": {"kind": "hopping", "size": "3h", "hop": "1h", "offset": "5m", "closed": "left"}},
    {"windows": {"kind": "session", "timeout": "5m", "max_duration": "1h"}},
    {"windows": {"kind": "snapshot"}},
    {"schedule": "0 30 1 * * *"},
    {"schedule": {"cron": "0 30 1 * * *", "span": "1d"}},
    {"schedule": None},
    {"chunks__tolerated_failed_chunks": "5%"},
    {"chunks__tolerated_failed_chunks": 5},
    {"chunks": {"rows_per_part": "auto", "parts_per_chunk": "auto", "overhead_share": "5%"}},
    {"chunks": {"rows_per_part": 7, "parts_per_chunk": 1000, "job_length": "1h"}},
    {"aggregates__errors__where__value": 1.5},
    {"quality": {"psi": None, "nulls": "2.5%", "rejected": 0.01, "columns": {"note": {"psi": 1}}}},
    {"model__predictions": {"columns": ["device", "sensor", "window_end", "score", "note", "x"]}},
]
BAD: list[dict[str, Any]] = [
    {"name": "Fleet"},
    {"nonsense": 1},
    {"source": ...},
    {"source__kind": "ftp"},
    {"source__path": ...},
    {"source__path": ""},
    {"source__nonsense": 1},
    {"source__key": "device"},
    {"source__format": "xml"},
    {"source": TABLE | {"database": "a://b"}},
    {"windows__kind": "session"},
    {"windows__kind": "sliding"},
    {"windows": {"kind": "session", "timeout": "5 minutes", "max_duration": "1h"}},
    {"windows__size": "5 minutes"},
    {"windows__hop": "1m"},
    {"aggregates": {}},
    {"aggregates__x": {"function": "mode"}},
    {"aggregates__x": {"function": "mean"}},
    {"aggregates__value_p90__q": 2},
    {"model__endpoint": "a"},
    {"model__max_attempts": 0},
    {"chunks__segment_size": 101},
    {"chunks__rows_per_part": "many"},
    {"chunks__parts_per_chunk": 1001},
    {"chunks__overhead_share": "100%"},
    {"chunks__tolerated_failed_chunks": [1]},
    {"quality__psi": 0},
    {"quality__nulls": "5"},
    {"quality__nulls": 5},
    {"quality__columns__events": {"anomalies": 0.1}},
    {"model__predictions": {"file": "a.csv"}},
    {"output__table": "a;b"},
    {"output__columns": {}},
    {"output__columns__x": "money"},
    {"schedule": {"span": "1d"}},
]


@pytest.fixture(scope="module", name="validator")
def the_schema() -> Draft202012Validator:
    """The schema in the file; it is a schema itself."""
    schema = json.loads(FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_file_is_current() -> None:
    """Whoever changes the model runs `make schema`."""
    assert FILE.read_text(encoding="utf-8") == schema_text()
    assert main(["--check", str(FILE)]) == 0


def test_a_stale_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The check names the command that helps, which then helps."""
    file = tmp_path / "schema.json"
    assert main(["--check", str(file)]) == 1
    assert "run `make schema`" in capsys.readouterr().err
    assert main([str(file)]) == 0
    assert main(["--check", str(file)]) == 0


@pytest.mark.parametrize("change", GOOD, ids=str)
def test_what_the_model_accepts_the_schema_accepts(
    change: dict[str, Any], validator: Draft202012Validator
) -> None:
    """An editor marks no line that the app would read; short forms are as good as long ones."""
    parse_pipeline(data(**change))
    assert [error.message for error in validator.iter_errors(data(**change))] == []


@pytest.mark.parametrize("change", BAD, ids=str)
def test_what_the_schema_refuses_the_model_refuses(
    change: dict[str, Any], validator: Draft202012Validator
) -> None:
    """What a single field can tell, the editor marks; rules between fields are the app's."""
    with pytest.raises(PipelineFileError):
        parse_pipeline(data(**change))
    assert not validator.is_valid(data(**change))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yml")), ids=lambda path: path.stem)
def test_the_shipped_pipelines_follow_the_schema(
    path: Path, validator: Draft202012Validator
) -> None:
    """And they tell editors where it is."""
    text = path.read_text(encoding="utf-8")
    assert validator.is_valid(yaml.safe_load(text))
    assert text.startswith("# yaml-language-server: $schema=./pipeline.schema.json\n")
