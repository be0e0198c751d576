"""Reads pipeline files (YAML), and tells every problem of every file at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from domain.errors import PipelineFileError, Problem
from domain.pipeline import Pipeline, parse_pipeline

SUFFIXES = (".yml", ".yaml")


def load_pipeline(path: Path) -> Pipeline:
    """The pipeline of one file. Raises PipelineFileError with every problem in it."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 (it is a SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PipelineFileError(path.name, [_unreadable(error)]) from error
    if not isinstance(data, dict):
        raise PipelineFileError(path.name, [Problem("(file)", "must be a YAML mapping", data)])
    return parse_pipeline(data, where=path.name, expected_name=path.stem)


def load_pipelines(folder: Path) -> dict[str, Pipeline]:
    """All pipelines of a folder, by name. Raises PipelineFileError with every problem in it."""
    if not folder.is_dir():
        problem = Problem("PIPELINES_DIR", "must be a folder", str(folder))
        raise PipelineFileError(folder.name, [problem])
    found: dict[str, Pipeline] = {}
    errors: list[PipelineFileError] = []
    tables: dict[str, str] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES):
        try:
            pipeline = load_pipeline(path)
        except PipelineFileError as error:
            errors.append(error)
            continue
        table = pipeline.output.table
        owner = tables.setdefault(table.lower(), path.name)
        if owner != path.name:
            rule = f"must be a table of its own; {owner} writes to it too"
            errors.append(PipelineFileError(path.name, [Problem("output.table", rule, table)]))
        found[pipeline.name] = pipeline
    if errors:
        raise PipelineFileError.merged(errors)
    return found


def _unreadable(error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = f" (line {mark.line + 1})" if mark else ""
    what = getattr(error, "problem", None) or str(error)
    return Problem("(file)", f"must be readable YAML in UTF-8: {what}{line}", has_value=False)


class _StrictLoader(yaml.SafeLoader):
    """YAML without the silent loss of a field that is written twice."""


def _mapping_without_repeats(
    loader: _StrictLoader, node: yaml.MappingNode, deep: bool = False
) -> dict[Any, Any]:
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the field {key!r} stands twice", key_node.start_mark
            )
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=deep)


_StrictLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_repeats
)
