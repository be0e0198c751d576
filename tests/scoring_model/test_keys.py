"""Keys: every row finds its own, and unknown ones find none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from anomaly.keys import UNKNOWN, KeyIndex


def _texts(*texts: str | None) -> pa.Array:
    return pa.array(texts, pa.string())


def test_rows_find_their_keys() -> None:
    """A key's position is that of its place in the model, whatever the order of the texts."""
    keys = KeyIndex(["device", "sensor"], [["b", "a", "a"], ["y", "z", "y"]])
    found = keys.find([_texts("a", "b", "a"), _texts("y", "y", "z")])
    assert found.tolist() == [2, 0, 1]


@pytest.mark.parametrize(("device", "sensor"), [("b", "z"), ("c", "y"), ("a", "Y"), (None, "y")])
def test_unknown_keys_are_not_found(device: str | None, sensor: str) -> None:
    """Neither a new text nor a new combination of known texts is taken for a known key."""
    keys = KeyIndex(["device", "sensor"], [["b", "a", "a"], ["y", "z", "y"]])
    assert keys.find([_texts(device), _texts(sensor)]).tolist() == [UNKNOWN]


def test_many_keys_are_all_told_apart() -> None:
    """Thousands of keys in three columns keep their positions."""
    rng = np.random.default_rng(3)
    everything = np.array(np.meshgrid(range(20), range(15), range(10))).reshape(3, -1)
    shuffled = rng.permutation(everything.T)[:2000].T.astype(str)
    keys = KeyIndex(["a", "b", "c"], [column.tolist() for column in shuffled])
    found = keys.find([pa.array(column, pa.string()) for column in shuffled])
    assert (found == np.arange(2000)).all()


def test_a_key_twice_is_an_error() -> None:
    """A model cannot have two answers for one key."""
    with pytest.raises(ValueError, match="must not hold a key twice"):
        KeyIndex(["device"], [["a", "a"]])


def test_columns_of_different_length_are_an_error() -> None:
    """Each key has a text in each column."""
    with pytest.raises(ValueError, match="equally long"):
        KeyIndex(["device", "sensor"], [["a", "b"], ["x"]])
