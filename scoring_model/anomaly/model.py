"""The model as it is used: finds the shards of a batch of windows, and keeps the latest in memory.

A part holds few of thousands of keys, sorted, so rows of one key lie together: keys are looked up
once per run of equal ones, and a shard is read when its first row comes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from anomaly.detector import UNKNOWN
from anomaly.shards import Index, Key, Shard, read_index, read_shard

CACHE_BYTES = 64 << 20


class Model:
    """A fitted model in a folder; its shards are read when they are needed."""

    def __init__(self, folder: Path, index: Index, cache_bytes: int = CACHE_BYTES) -> None:
        """Keeps at most `cache_bytes` of shards, or one shard."""
        self.folder, self.index = folder, index
        self._cache_bytes = cache_bytes
        self._shards: OrderedDict[int, Shard] = OrderedDict()

    def predict(self, windows: pd.DataFrame) -> pd.DataFrame:
        """`score`, `threshold`, `is_anomaly` and `rejected_reason` for each row of `windows`.

        `windows` has the key columns (text) and the features; the result has its index. In a row
        that cannot be scored, the reason says why and the other three are missing: it is not known
        whether the window is an anomaly. Raises ModelFolderError if a shard is damaged.
        """
        names = [feature.name for feature in self.index.features]
        raw = windows[names].to_numpy(dtype=np.float64, na_value=np.nan)
        score, threshold = np.full(len(raw), np.nan), np.full(len(raw), np.nan)
        is_anomaly = np.zeros(len(raw), dtype=np.bool_)
        reason = np.full(len(raw), None, dtype=object)
        keys, lengths = runs(windows, self.index.keys)
        homes = np.array([self._home(key) for key in keys], dtype=np.int64)
        home_of_row = np.repeat(homes, lengths)
        for home in np.unique(homes):
            shard = self._shard(int(home))
            chosen = np.flatnonzero(homes == home)
            places = np.array([shard.places.get(keys[i], UNKNOWN) for i in chosen])
            rows = np.flatnonzero(home_of_row == home)
            scored = shard.detector.score(np.repeat(places, lengths[chosen]), raw[rows])
            score[rows], threshold[rows] = scored.score, scored.threshold
            is_anomaly[rows], reason[rows] = scored.is_anomaly, scored.reason
        flags = pd.arrays.BooleanArray(is_anomaly, np.isnan(score))
        columns = {"score": score, "threshold": threshold, "is_anomaly": flags}
        reasons = pd.Series(reason, windows.index, dtype=object)
        return pd.DataFrame({**columns, "rejected_reason": reasons}, index=windows.index)

    def _home(self, key: Key) -> int:
        """The shard to look into; any will do for a key with a missing text, which none holds."""
        return self.index.home(key) if all(isinstance(text, str) for text in key) else 0

    def _shard(self, number: int) -> Shard:
        """A shard, from memory if it is there; the ones that were used longest ago make room."""
        if number not in self._shards:
            self._shards[number] = read_shard(self.folder, self.index, number)
        self._shards.move_to_end(number)
        size = sum(shard.size_bytes for shard in self._shards.values())
        while size > self._cache_bytes and len(self._shards) > 1:
            size -= self._shards.popitem(last=False)[1].size_bytes
        return self._shards[number]


def load(folder: Path) -> Model:
    """The model in `folder`: reads the index, and no shard yet; raises ModelFolderError."""
    return Model(folder, read_index(folder))


def runs(windows: pd.DataFrame, names: Sequence[str]) -> tuple[list[Key], npt.NDArray[np.int64]]:
    """The keys of neighbouring rows that are alike, and how many rows each of these runs has."""
    texts = [windows[name].astype("str").to_numpy(dtype=object) for name in names]
    new = np.zeros(len(windows), dtype=np.bool_)
    new[:1] = True
    for column in texts:
        new[1:] |= column[1:] != column[:-1]
    starts = np.flatnonzero(new)
    keys = [tuple(column[start] for column in texts) for start in starts]
    return keys, np.diff(np.append(starts, len(windows)))
