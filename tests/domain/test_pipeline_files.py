"""Pipeline files: read from YAML, and every problem of every file told at once."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.pipeline_files import load_pipeline, load_pipelines
from domain.errors import PipelineFileError
from tests.domain.samples import data

PIPELINES = Path(__file__).resolve().parents[2] / "pipelines"


def write(folder: Path, name: str, content: str | dict[str, Any]) -> Path:
    """A file in the folder."""
    path = folder / name
    text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def lines(folder: Path) -> list[str]:
    """What is wrong with the files of a folder."""
    with pytest.raises(PipelineFileError) as caught:
        load_pipelines(folder)
    return str(caught.value).splitlines()[1:]


def test_the_shipped_pipelines_load() -> None:
    """Both schemas (long, wide), several kinds of source and of windows are among them."""
    found = load_pipelines(PIPELINES)
    assert {"fleet_health", "readings", "telemetry"} <= set(found)
    assert {pipeline.source.kind for pipeline in found.values()} >= {"files", "table"}
    assert {pipeline.windows.kind for pipeline in found.values()} >= {"tumbling", "hopping"}
    assert all(name == pipeline.name for name, pipeline in found.items())


def test_only_yaml_files_are_pipelines(tmp_path: Path) -> None:
    """The JSON Schema and notes lie beside them."""
    write(tmp_path, "fleet.yaml", data())
    write(tmp_path, "other.yml", data(name="other", output__table="other_scores"))
    write(tmp_path, "pipeline.schema.json", "{}")
    write(tmp_path, "notes.md", "# notes")
    assert sorted(load_pipelines(tmp_path)) == ["fleet", "other"]


def test_every_problem_of_every_file_is_told(tmp_path: Path) -> None:
    """Each line begins with the file."""
    write(tmp_path, "a.yml", data(name="a", windows__size="8d", model__endpoint="x"))
    write(tmp_path, "b.yml", data())
    write(tmp_path, "c.yml", "- a list")
    assert lines(tmp_path) == [
        "  a.yml: `windows.size` must be more than 0 and at most 7d; got '8d'",
        "  a.yml: `model.endpoint` must match ^[a-zA-Z][a-zA-Z0-9-]{2,31}$; got 'x'",
        "  b.yml: `name` must be the file's name, 'b'; got 'fleet'",
        "  c.yml: `(file)` must be a YAML mapping; got ['a list']",
    ]


def test_two_pipelines_may_not_share_a_table(tmp_path: Path) -> None:
    """SQL Server does not tell small letters from capitals, and nor does this rule."""
    write(tmp_path, "fleet.yml", data())
    write(tmp_path, "other.yml", data(name="other", output__table="FLEET_scores"))
    assert lines(tmp_path) == [
        "  other.yml: `output.table` must be a table of its own; "
        "fleet.yml writes to it too; got 'FLEET_scores'"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: fleet\nname: fleet\n", "the field 'name' stands twice (line 2)"),
        ("model:\n  endpoint: a\n  endpoint: b\n", "the field 'endpoint' stands twice (line 3)"),
        ("name: [fleet\n", "(line 2)"),
        ("name: *nobody\n", "found undefined alias"),
        ("name: !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
    ],
)
def test_yaml_that_cannot_be_read_is_a_problem_of_the_file(
    tmp_path: Path, text: str, message: str
) -> None:
    """With the line, and without the value; a field that stands twice is not lost in silence."""
    with pytest.raises(PipelineFileError) as caught:
        load_pipeline(write(tmp_path, "fleet.yml", text))
    [problem] = caught.value.problems
    assert problem.field == "(file)"
    assert "must be readable YAML in UTF-8" in problem.rule
    assert message in problem.rule


def test_a_file_in_another_encoding_is_a_problem_of_the_file(tmp_path: Path) -> None:
    """UTF-8 only."""
    path = tmp_path / "fleet.yml"
    path.write_bytes("description: Räder".encode("latin-1"))
    with pytest.raises(PipelineFileError, match="must be readable YAML in UTF-8"):
        load_pipeline(path)


@pytest.mark.parametrize("text", ["", "just text", "7"])
def test_a_file_that_is_no_mapping_is_a_problem(tmp_path: Path, text: str) -> None:
    """An empty file, too."""
    with pytest.raises(PipelineFileError, match="must be a YAML mapping"):
        load_pipeline(write(tmp_path, "fleet.yml", text))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The setting that names the folder is what has to change."""
    assert "`PIPELINES_DIR` must be a folder" in lines(tmp_path / "nowhere")[0]


def test_a_folder_may_be_empty(tmp_path: Path) -> None:
    """An app without pipelines starts."""
    assert load_pipelines(tmp_path) == {}
