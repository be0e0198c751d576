"""Models on disk: what is saved comes back, and what is damaged is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from anomaly.bundle import ARRAYS, Bundle, code_hash, default_version, load, save
from anomaly.errors import BundleError
from tests.scoring_model.synthetic import KEYS


def test_what_is_saved_comes_back(trained: Bundle, tmp_path: Path) -> None:
    """Every number, key and fact survives the round trip."""
    save(trained, tmp_path)
    bundle = load(tmp_path)
    assert (bundle.name, bundle.version, bundle.training) == (
        trained.name,
        trained.version,
        trained.training,
    )
    assert bundle.detector.features == trained.detector.features
    assert bundle.detector.keys.names == tuple(KEYS)
    assert bundle.detector.keys.columns == trained.detector.keys.columns
    for name in ARRAYS:
        assert (getattr(bundle.detector, name) == getattr(trained.detector, name)).all()


def test_keys_of_any_script_come_back(trained: Bundle, tmp_path: Path) -> None:
    """Keys are unicode text."""
    d = trained.detector
    texts = ["ä", "传感器", "a b", "'\"", "🙂", "x" * 300]
    keys = type(d.keys)(["device"], [texts])
    detector = type(d)(d.features, keys, *(getattr(d, name) for name in ARRAYS))
    save(Bundle("m", "1", detector, {}), tmp_path)
    assert load(tmp_path).detector.keys.columns == (tuple(texts),)


def test_saving_twice_gives_the_same_bytes(trained: Bundle, tmp_path: Path) -> None:
    """Nothing in the files depends on when or where they were written."""
    for name in ("one", "two"):
        save(trained, tmp_path / name)
    for file in ("model.json", "model.npz"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    with zipfile.ZipFile(tmp_path / "one" / "model.npz") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_model_is_two_files(trained: Bundle, tmp_path: Path) -> None:
    """However many keys there are, a model folder holds two files and nothing temporary."""
    save(trained, tmp_path)
    save(trained, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.npz"]


def test_the_description_can_be_read_by_people(trained: Bundle, tmp_path: Path) -> None:
    """model.json names the schema, the columns, the training span and the code."""
    save(trained, tmp_path)
    meta = json.loads((tmp_path / "model.json").read_text())
    assert meta["schema_version"] == 1
    assert meta["keys"] == KEYS
    assert meta["features"][1] == {"name": "value_std", "scale": "log"}
    assert meta["training"]["keys"] == 6
    assert meta["code"] == code_hash()


def test_a_model_may_lie_one_folder_deeper(trained: Bundle, tmp_path: Path) -> None:
    """Azure ML may mount the folder above the model's."""
    save(trained, tmp_path / "fleet")
    assert load(tmp_path).version == trained.version


def test_no_model_or_two_are_an_error(trained: Bundle, tmp_path: Path) -> None:
    """Which model is meant must not be a guess."""
    with pytest.raises(BundleError, match=r"must hold one model \(model.json\); found none"):
        load(tmp_path)
    save(trained, tmp_path / "a")
    save(trained, tmp_path / "b")
    with pytest.raises(BundleError, match="found 2 folders with one"):
        load(tmp_path)


def test_numbers_that_do_not_belong_to_the_description_are_refused(
    trained: Bundle, tmp_path: Path
) -> None:
    """A half-copied model is noticed before it scores anything."""
    save(trained, tmp_path)
    file = tmp_path / "model.npz"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(BundleError, match=r"model.npz is not the file that model.json describes"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "`schema_version` must be 1; got 2"),
        ({"features": [{"name": "value_mean", "scale": "cube"}]}, "is damaged"),
        ({"keys": ["device", "sensor", "line"]}, "is damaged"),
        ({"arrays": {}}, "is damaged"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(
    trained: Bundle, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    """A model of another schema, or an edited one, is an error that names the folder."""
    save(trained, tmp_path)
    file = tmp_path / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(BundleError, match=f"{tmp_path.name}.*{message}"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{not json"])
def test_a_description_that_is_no_json_object_is_refused(
    trained: Bundle, tmp_path: Path, text: str
) -> None:
    """A broken model.json is a BundleError like the others."""
    save(trained, tmp_path)
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(BundleError):
        load(tmp_path)


def test_the_default_version_names_day_and_content(trained: Bundle) -> None:
    """Another model has another version, the same model the same."""
    d = trained.detector
    version = default_version(d, "2026-01-01T08:00:00+00:00")
    assert version.startswith("20260101-")
    assert version == default_version(d, "2026-01-01T08:00:00+00:00")
    arrays = [getattr(d, name) for name in ARRAYS[:-1]]
    changed = type(d)(d.features, d.keys, *arrays, d.threshold + np.float64(1e-9))
    assert version != default_version(changed, "2026-01-01T08:00:00+00:00")
