"""Which version of a model is meant, and what makes two of them the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy_model.errors import UsageError
from deploy_model.model_folder import find_model
from tests.deploy_model.folders import write_model


def test_current_names_the_version(tmp_path: Path) -> None:
    """A folder of versions stands for the one in use."""
    write_model(tmp_path, "v2")
    write_model(tmp_path, "v1")
    assert find_model(tmp_path / "fleet").version == "v1"


def test_a_version_stands_for_itself_and_the_only_one_for_all(tmp_path: Path) -> None:
    """Both ways to point at a model without CURRENT."""
    folder = write_model(tmp_path, "v1")
    (tmp_path / "fleet" / "CURRENT").unlink()
    assert find_model(folder) == find_model(tmp_path / "fleet")


def test_the_content_is_that_of_all_files_wherever_they_lie(tmp_path: Path) -> None:
    """A copy is the same model; a changed shard, or a file more, is not."""
    folder = write_model(tmp_path, "v1")
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    assert find_model(folder).content == find_model(copy).content
    (copy / "shards" / "0.bin").write_bytes(b"other")
    changed = find_model(copy).content
    (copy / "shards" / "1.bin").write_bytes(b"")
    assert len({find_model(folder).content, changed, find_model(copy).content}) == 3


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda f: (f / "CURRENT").write_text("v9"), r"CURRENT names 'v9', but there is no v9/"),
        (lambda f: (f / "CURRENT").write_text("../fleet/v1"), "CURRENT names"),
        (lambda f: (f / "CURRENT").unlink(), "neither model.json nor CURRENT, and holds v1, v2"),
        (lambda f: (f / "v2" / "model.json").write_text("["), "model.json cannot be read"),
        (lambda f: (f / "v2" / "model.json").write_text("{}"), "`name` must match"),
        (lambda f: shutil.rmtree(f), "there is no model in .*: train one first"),
    ],
)
def test_what_is_no_model_is_said(tmp_path: Path, break_it: object, message: str) -> None:
    """The error says what was found instead."""
    write_model(tmp_path, "v1")
    write_model(tmp_path, "v2")
    break_it(tmp_path / "fleet")  # type: ignore[operator]
    with pytest.raises(UsageError, match=message):
        find_model(tmp_path / "fleet")
