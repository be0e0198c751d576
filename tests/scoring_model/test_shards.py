"""Models on disk: what is written comes back, and what is damaged is refused."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from anomaly import shards as module
from anomaly.detector import Detector
from anomaly.features import features_of
from anomaly.shards import ARRAYS, Key, read_index, read_shard, write_shards
from batch.errors import ModelFolderError


def _detector(keys: int, names: str = "ab") -> Detector:
    rng, f = np.random.default_rng(5), len(names)
    shapes = ((keys, f), (keys, f), (keys, f), (keys, f, f), (keys,))
    return Detector(features_of(list(names)), *(rng.random(shape) for shape in shapes))


def _keys(count: int) -> list[Key]:
    return sorted((f"device-{n}", "heat") for n in range(count))


def test_every_key_and_number_comes_back(tmp_path: Path) -> None:
    """600 keys lie in three shards; each key has its own numbers there, bit by bit."""
    keys, detector = _keys(600), _detector(600)
    write_shards(tmp_path, ["device", "sensor"], keys, detector)
    index = read_index(tmp_path)
    assert [entry.keys for entry in index.shards] == [256, 256, 88]
    assert (index.keys, index.features) == (("device", "sensor"), detector.features)
    assert [index.home(key) for key in keys] == [number // 256 for number in range(600)]
    for number in range(0, 600, 97):
        shard = read_shard(tmp_path, index, index.home(keys[number]))
        place = shard.places[keys[number]]
        for name in ARRAYS:
            found, expected = getattr(shard.detector, name), getattr(detector, name)
            assert (found[place] == expected[number]).all()


def test_keys_of_any_script_come_back(tmp_path: Path) -> None:
    """Keys are unicode text."""
    keys = sorted((text,) for text in ["ä", "传感器", "a b", "'\"", "🙂", "x" * 300, ""])
    write_shards(tmp_path, ["device"], keys, _detector(len(keys)))
    shard = read_shard(tmp_path, read_index(tmp_path), 0)
    assert list(shard.places) == keys


def test_many_features_make_smaller_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard stays small, whatever the size of a key's matrix."""
    monkeypatch.setattr(module, "SHARD_VALUES", 40)
    write_shards(tmp_path, ["device", "sensor"], _keys(25), _detector(25))
    assert [entry.keys for entry in read_index(tmp_path).shards] == [10, 10, 5]


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing in the files depends on when or where they were written."""
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_shards(tmp_path / name, ["device", "sensor"], _keys(3), _detector(3))
        found.append({p.name: p.read_bytes() for p in (tmp_path / name / "shards").iterdir()})
    assert found[0] == found[1]
    with zipfile.ZipFile(tmp_path / "one" / "shards" / "00000.npz") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


class _Bomb:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (Path("/nowhere/exploded"),)


def _replace_array(folder: Path, content: bytes) -> None:
    """Puts other content into the shard, with the checksum that belongs to it."""
    file, index = folder / "shards" / "00000.npz", folder / "shards" / "index.json"
    file.write_bytes(content)
    meta = json.loads(index.read_text())
    meta["shards"][0]["sha256"] = hashlib.sha256(content).hexdigest()
    index.write_text(json.dumps(meta))


@pytest.mark.parametrize("content", [b"", b"no archive", pickle.dumps(_Bomb())])
def test_a_shard_that_is_no_archive_of_numbers_is_refused(
    version_folder: Path, tmp_path: Path, content: bytes
) -> None:
    """Nothing that is read runs code."""
    folder = tmp_path / "v"
    shutil.copytree(version_folder, folder)
    _replace_array(folder, content)
    with pytest.raises(ModelFolderError, match=r"00000\.npz is damaged"):
        read_shard(folder, read_index(folder), 0)


def test_numbers_that_do_not_belong_to_the_index_are_refused(
    version_folder: Path, tmp_path: Path
) -> None:
    """A half-copied model is noticed before it scores anything."""
    folder = tmp_path / "v"
    shutil.copytree(version_folder, folder)
    file = folder / "shards" / "00000.npz"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(ModelFolderError, match=r"00000.npz is not the file that index.json descri"):
        read_shard(folder, read_index(folder), 0)
    file.unlink()
    with pytest.raises(ModelFolderError, match=r"00000.npz cannot be read"):
        read_shard(folder, read_index(folder), 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 1}, "`schema_version` must be 2; got 1"),
        ({"features": [{"name": "value_mean", "scale": "cube"}]}, "is damaged"),
        ({"keys": ["device", "sensor", "line"]}, "its shards do not fit its keys"),
        ({"shards": []}, "its shards do not fit its keys"),
        ({"shards": [{"file": "00000.npz"}]}, "is damaged"),
        ({"shards": 7}, "is damaged"),
    ],
)
def test_an_index_that_does_not_fit_is_refused(
    version_folder: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    """A model of another schema, or an edited one, is an error that names folder and file."""
    file = tmp_path / "shards" / "index.json"
    file.parent.mkdir()
    meta = json.loads((version_folder / "shards" / "index.json").read_text())
    file.write_text(json.dumps(meta | change))
    with pytest.raises(ModelFolderError, match=rf"{tmp_path.name}.*index\.json.*{message}"):
        read_index(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{not json", None])
def test_an_index_that_is_no_json_object_is_refused(tmp_path: Path, text: str | None) -> None:
    """A broken or missing index is the same error as the others."""
    (tmp_path / "shards").mkdir()
    if text is not None:
        (tmp_path / "shards" / "index.json").write_text(text)
    with pytest.raises(ModelFolderError):
        read_index(tmp_path)
