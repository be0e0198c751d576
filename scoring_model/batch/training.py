"""What a model package needs to learn, and what it hands back: the contract of its `training.py`.

    def train(
        windows: TrainingWindows, spec: TrainingSpec, folder: Path, progress: Progress
    ) -> Trained

`train` writes the model's own files below `folder`/shards, so that the package's `load(folder)` and
`predict` work, and the same bytes for the same windows and seed. `train.py` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

SHARDS = "shards"

Progress = Callable[[int, int], None]
"""Called with the number of keys done and of all keys, from time to time."""


@dataclass(frozen=True)
class TrainingSpec:
    """What to train: one model per key, or one for all keys unless `per_key`.

    `log` and `sqrt` name features that are spreads and counts, `labels` a file of what is known
    about the past; a package that needs neither ignores them. `seed` is for everything random.
    """

    name: str
    keys: tuple[str, ...]
    features: tuple[str, ...]
    seed: int = 0
    per_key: bool = True
    processes: int = 1
    labels: Path | None = None
    log: tuple[str, ...] = ()
    sqrt: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trained:
    """What came of it.

    `outputs` as in model.json; `keys` are the known keys (None: any key is taken), one column of
    texts per key column. The span is of the windows used, ISO 8601 in UTC. `unused_keys` names, for
    each cause, the keys that got no model. `quality` are numbers that tell how good the model is.
    """

    outputs: Mapping[str, str]
    keys: pd.DataFrame | None
    span_from: str
    span_to: str
    windows: int
    windows_unused: int
    keys_used: int
    unused_keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quality: Mapping[str, float] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """The same as plain JSON, for model.json's `trained`; causes have counts, not names."""
        return {
            "from": self.span_from,
            "to": self.span_to,
            "windows": self.windows,
            "windows_unused": self.windows_unused,
            "keys": self.keys_used,
            "keys_unused": {why: len(names) for why, names in sorted(self.unused_keys.items())},
            **self.quality,
        }
