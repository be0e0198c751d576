"""The rows that ``run()`` returned, in the form of Azure ML's ``append_row``.

Fields are separated by a space and there is no header, as Azure ML writes them.
"""

from pathlib import Path
from typing import Any


def write_rows(result: Any, path: Path) -> None:
    """Write a list, an array or a DataFrame to ``path``."""
    if hasattr(result, "to_csv"):
        result.to_csv(path, sep=" ", header=False, index=False)
        return
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{_row(item)}\n" for item in result)


def _row(item: Any) -> str:
    # The rows of a two-dimensional result are written like those of a DataFrame.
    if isinstance(item, list | tuple) or type(item).__name__ == "ndarray":
        return " ".join(str(value) for value in item)
    return str(item)
