"""The model: per key a location, scales and a covariance; the score is a Mahalanobis distance.

    z = (transform(x) - location) / scale        score = ||z W||,  W W^T = covariance^-1

(Mahalanobis 1936, "On the generalised distance in statistics"). A row is an anomaly if its score
is above its key's threshold. Pure arithmetic on arrays: `model.py` knows which row belongs to which
key, `shards.py` files, and `training.py` how to fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from anomaly.features import Feature, Floats, fill_missing_spreads, transform

UNKNOWN = -1  # the position of a key that the model does not have

BLOCK_VALUES = 1 << 21  # doubles of gathered matrices at a time: 16 MB, whatever the part's size

FARTHEST = 1e9  # more scales than this count as so many, so that no score overflows


@dataclass(frozen=True)
class Scored:
    """The scores of rows, each (rows,): a row with a reason has score, threshold NaN."""

    score: Floats
    threshold: Floats
    is_anomaly: npt.NDArray[np.bool_]
    reason: npt.NDArray[np.object_]


@dataclass(frozen=True)
class Detector:
    """A fitted model of K keys and F features.

    Shapes: `floor`, `location`, `scale` (K, F); `whitening` (K, F, F); `threshold` (K,).
    `location` is in the transformed space, `scale` in its units.
    """

    features: tuple[Feature, ...]
    floor: Floats
    location: Floats
    scale: Floats
    whitening: Floats
    threshold: Floats
    _reasons: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        k, f = len(self.threshold), len(self.features)
        for name, shape in {
            "floor": (k, f),
            "location": (k, f),
            "scale": (k, f),
            "whitening": (k, f, f),
            "threshold": (k,),
        }.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"`{name}` must be of shape {shape}; got {getattr(self, name).shape}"
                )
        missing = (f"nan: feature {feature.name} is missing" for feature in self.features)
        infinite = (f"nan: feature {feature.name} is out of range" for feature in self.features)
        object.__setattr__(self, "_reasons", ("unknown key", *missing, *infinite))

    def score(self, key: npt.NDArray[np.int64], raw: Floats) -> Scored:
        """Scores rows: `key` (rows,) is each row's key, by position; `raw` (rows, F) as measured.

        Every row gets a result. A row that cannot be scored has a reason instead of a score.
        """
        known = key != UNKNOWN
        at = np.where(known, key, 0)
        values = transform(raw, self.floor[at], self.features)
        values = fill_missing_spreads(values, raw, self.location[at], self.features)
        code = self._why_not(raw, values, known)
        good = code < 0
        score = np.full(len(raw), np.nan)
        score[good] = self._distance(values[good], at[good])
        threshold = np.where(good, self.threshold[at], np.nan)
        reason = np.array([*self._reasons, None], dtype=object)[code]
        return Scored(score, threshold, good & (score > threshold), reason)

    def _why_not(
        self, raw: Floats, values: Floats, known: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.int64]:
        """The index of each row's reason, -1 if it can be scored; the first cause counts."""
        count = len(self.features)
        bad = ~np.isfinite(values)
        first = bad.argmax(axis=1)
        rows = np.arange(len(values))
        missing = np.isnan(raw[rows, first])
        code = np.where(bad[rows, first], np.where(missing, 1, 1 + count) + first, -1)
        return np.where(known, code, 0)

    def _distance(self, values: Floats, at: npt.NDArray[np.int64]) -> Floats:
        """The distances of transformed rows (n, F) that belong to keys `at` (n,)."""
        z = (values - self.location[at]) / self.scale[at]
        z = np.clip(z, -FARTHEST, FARTHEST)
        result = np.empty(len(z))
        block = max(1, BLOCK_VALUES // len(self.features) ** 2)
        for start in range(0, len(z), block):
            part = slice(start, start + block)
            white = np.matmul(z[part, None, :], self.whitening[at[part]])[:, 0, :]
            result[part] = np.sqrt(np.einsum("ij,ij->i", white, white))
        return result
