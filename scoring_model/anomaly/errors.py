"""What can be wrong with a model, its training data or a part.

ModelError
├── BundleError      the model folder is not there, is damaged, or is of another schema
├── PartError        a part lacks columns that the model needs, or has them in another type
└── TrainingError    the training windows do not suffice
"""

from __future__ import annotations

from collections.abc import Iterable


class ModelError(Exception):
    """The root of this package's errors."""


class BundleError(ModelError):
    """A model folder cannot be used."""

    def __init__(self, folder: object, problem: str) -> None:
        super().__init__(f"{folder}: {problem}")


class PartError(ModelError):
    """A part does not fit the model; no row of it can be scored."""

    def __init__(
        self, part: str, problem: str, columns: Iterable[str], *, needs: Iterable[str]
    ) -> None:
        super().__init__(
            f"{part}: {problem} {', '.join(columns)}; the model needs {', '.join(needs)}"
        )


class TrainingError(ModelError):
    """There is no model to be had from these windows."""
