"""How a script finds its model below AZUREML_MODEL_DIR."""

import os
from pathlib import Path

import pytest

from localazure.mlbatch.runner.folders import JobFolders


@pytest.mark.parametrize("is_file", [False, True])
def test_a_model_is_found_by_walking(tmp_path: Path, is_file: bool) -> None:
    """As in Azure, `os.walk` finds every file, one level below, whatever the model is."""
    folder = tmp_path / "model" / "deep"
    folder.mkdir(parents=True)
    (folder / "weights.txt").write_text("3")
    folders = JobFolders(tmp_path / "job")
    folders.create(1, folder / "weights.txt" if is_file else folder.parent)
    found = [Path(at, name) for at, _, names in os.walk(folders.models) for name in names]
    inside = "weights.txt" if is_file else "model/deep/weights.txt"
    assert found == [folders.models / inside]
    assert found[0].read_text() == "3"
