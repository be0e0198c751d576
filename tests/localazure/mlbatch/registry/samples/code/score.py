"""Says which model scored a file: the content of its ``weight.txt``."""

import os
from pathlib import Path

weight = ""


def init() -> None:
    """Load the model, whose folder lies one level deeper, or which is one file."""
    global weight
    folder = Path(os.environ["AZUREML_MODEL_DIR"])
    (found,) = [*folder.glob("*/deep/weight.txt"), *folder.glob("weight.txt")]
    weight = found.read_text()


def run(mini_batch: list[str]) -> list[str]:
    """Return one row per file."""
    return [f"{Path(path).name}={weight}" for path in mini_batch]
