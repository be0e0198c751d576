"""From aggregates as they are measured to numbers that behave like a normal distribution.

Training and scoring share this module, so that both see the same space. Three scales:

* `linear`: as measured (means, minima, maxima, quantiles).
* `log`: spreads, as log(x + floor), because a sensor that is stuck (spread 0) must be as far away
  as one that is a hundred times too noisy. The floor is the key's own, 1 % of its usual spread.
* `sqrt`: counts, because the square root of a Poisson count has a standard deviation of about 1/2
  whatever its mean (Bartlett 1936, "The square root transformation in analysis of variance").

The rule for a spread that is missing: the sample standard deviation of one reading does not exist,
and one reading says nothing about spread. Such a row is scored with the key's usual spread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

Scale = Literal["linear", "log", "sqrt"]
SCALES: tuple[Scale, ...] = get_args(Scale)
SPREAD_ENDINGS = ("_std", "_stddev", "_spread")
COUNT_ENDINGS = ("_count", "_events")
FLOOR_SHARE = 0.01

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """A column of the windows, and the scale on which the model looks at it."""

    name: str
    scale: Scale = "linear"

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise ValueError(f"`scale` must be one of {', '.join(SCALES)}; got {self.scale!r}")


def features_of(
    names: Sequence[str], log: Iterable[str] = (), sqrt: Iterable[str] = ()
) -> tuple[Feature, ...]:
    """Features with the scales given, or else with the scale that their names suggest.

    `value_std` is a spread, `value_count` a count; anything else is linear.
    """
    log, sqrt = set(log), set(sqrt)
    unknown = sorted((log | sqrt) - set(names))
    if unknown:
        raise ValueError(f"`log` and `sqrt` must name features; got {', '.join(unknown)}")

    def scale(name: str) -> Scale:
        if name in log or (name not in sqrt and name.endswith(SPREAD_ENDINGS)):
            return "log"
        return "sqrt" if name in sqrt or name.endswith(COUNT_ENDINGS) else "linear"

    return tuple(Feature(name, scale(name)) for name in names)


def floors(raw: Floats, features: Sequence[Feature]) -> Floats:
    """What is added to each spread before its logarithm, for one key.

    `raw` is (windows, features) as measured; the result is (features,), 0 where the scale is not
    `log`. A key that never varied gets a floor far below any real spread.
    """
    result = np.zeros(len(features))
    for i, feature in enumerate(features):
        if feature.scale == "log":
            positive = raw[:, i][raw[:, i] > 0]
            result[i] = FLOOR_SHARE * np.median(positive) if positive.size else 1e-9
    return result


def transform(raw: Floats, floor: Floats, features: Sequence[Feature]) -> Floats:
    """`raw` (rows, features) on the features' scales; `floor` is (features,) or (rows, features).

    What has no value there (a negative spread, a missing number) becomes NaN.
    """
    result = np.array(raw, dtype=np.float64)
    floor = np.broadcast_to(floor, result.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        for i, feature in enumerate(features):
            if feature.scale == "log":
                result[:, i] = np.log(result[:, i] + floor[:, i])
            elif feature.scale == "sqrt":
                result[:, i] = np.sqrt(result[:, i])
    return result


def fill_missing_spreads(
    values: Floats, raw: Floats, usual: Floats, features: Sequence[Feature]
) -> Floats:
    """Transformed `values`, with the key's `usual` spread where the raw spread is missing.

    All arrays are (rows, features), `usual` also (features,).
    """
    spread = np.array([f.scale == "log" for f in features])
    return np.where(np.isnan(raw) & spread, usual, values)
