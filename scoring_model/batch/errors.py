"""What can be wrong with a model folder, a model or a part.

BatchError
├── ModelFolderError     the model folder is not there, or is damaged
├── ModelContractError   the model's module or its answer breaks the contract of README.md
├── PartError            a part lacks columns that the model needs, or has them in another type
└── TrainingError        the training windows do not suffice

Each of them concerns all rows: it fails the mini-batch, and is never the reason of one row.
"""

from __future__ import annotations


class BatchError(Exception):
    """The root of this package's errors."""


class ModelFolderError(BatchError):
    """A model folder cannot be used; a model raises it, too, for a damaged file of its own."""

    def __init__(self, folder: object, problem: str) -> None:
        super().__init__(f"{folder}: {problem}")


class ModelContractError(BatchError):
    """The model's module, or what its `predict` answered, is not what the contract says."""

    def __init__(self, module: str, problem: str) -> None:
        super().__init__(f"model module {module}: {problem}")


class PartError(BatchError):
    """A part does not fit the model; no row of it can be scored."""

    def __init__(self, part: str, problem: str) -> None:
        super().__init__(f"{part}: {problem}")


class TrainingError(BatchError):
    """There is no model to be had from these windows."""
