"""A scoring script, loaded by path, and Azure ML's contract with it: ``init()`` and ``run()``."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from localazure.mlbatch.worker.results import write_rows


class ContractError(Exception):
    """The script does not keep Azure ML's contract."""


class Script:
    """The scoring script at ``path``, which may import from the folder ``code``."""

    def __init__(self, code: Path, path: Path) -> None:
        self._path = path
        self._folders = [str(folder) for folder in dict.fromkeys([path.parent, code])]
        self._module: ModuleType | None = None

    def init(self) -> None:
        """Load the script and call ``init()``, which it must have, as ``run()``."""
        sys.path[:0] = self._folders
        self._module = _load(self._path)
        self._function("run")
        self._function("init")()

    def score(self, files: list[str], rows_file: Path | None) -> None:
        """Call ``run()`` and keep its rows; raise ``ContractError`` when they are too few."""
        result = self._function("run")(files)
        kind = type(result)
        if not isinstance(result, list | tuple) and kind.__name__ not in {"DataFrame", "ndarray"}:
            raise ContractError(f"run() must return a list or a DataFrame; got {kind.__name__}")
        if len(result) < len(files):
            raise ContractError(
                f"run() must return at least one element per file; got {len(result)} elements for "
                f"{len(files)} files"
            )
        if rows_file is not None:
            write_rows(result, rows_file)

    def shutdown(self) -> None:
        """Call ``shutdown()``, which a script may have."""
        function = getattr(self._module, "shutdown", None)
        if callable(function):
            function()

    def _function(self, name: str) -> Callable[..., Any]:
        function = getattr(self._module, name, None)
        if not callable(function):
            raise ContractError(f"{self._path.name} must define {name}()")
        return cast("Callable[..., Any]", function)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ContractError(f"{path.name} must be a Python file")
    module = importlib.util.module_from_spec(spec)
    # Pickled models and dataclasses look their module up by name.
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
