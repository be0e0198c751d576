"""Turns the data of a pipeline file into a `Pipeline`, or tells every problem in it at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from domain.errors import PipelineFileError, Problem
from domain.pipeline.spec import Pipeline

WHOLE = "(file)"
"""The field of a problem that concerns the file as a whole."""

_ABOUT_ONE_FIELD = re.compile(r"`([\w.]+)` (must .*)", re.DOTALL)
"""How a rule that looks at a whole section names the field that it is about."""


def parse_pipeline(
    data: Mapping[str, Any], *, where: str = "pipeline", expected_name: str | None = None
) -> Pipeline:
    """The pipeline that `data` describes. Raises PipelineFileError with every problem in it."""
    problems: list[Problem] = []
    if expected_name is not None and data.get("name", expected_name) != expected_name:
        problems.append(
            Problem("name", f"must be the file's name, {expected_name!r}", data["name"])
        )
    try:
        pipeline = Pipeline.model_validate(data)
    except ValidationError as error:
        raise PipelineFileError(where, problems + problems_of(error)) from error
    if problems:
        raise PipelineFileError(where, problems)
    return pipeline


def problems_of(error: ValidationError) -> list[Problem]:
    """What pydantic found, in Windrow's words: field, rule, value."""
    return [_problem(dict(e)) for e in error.errors(include_url=False)]


def _problem(error: dict[str, Any]) -> Problem:
    field, kind, context = _field(error["loc"]), error["type"], error.get("ctx", {})
    if kind == "missing":
        return Problem(field, "is required", has_value=False)
    if kind == "extra_forbidden":
        return Problem(field, "is not a field of this section", error["input"])
    if kind == "union_tag_not_found":
        tag = str(context["discriminator"]).strip("'")
        return Problem(f"{field}.{tag}", "is required", has_value=False)
    if kind == "union_tag_invalid":
        tag = str(context["discriminator"]).strip("'")
        rule = f"must be one of {context['expected_tags']}"
        return Problem(f"{field}.{tag}", rule, context["tag"])
    if kind == "string_pattern_mismatch":
        return Problem(field, f"must match {context['pattern']}", error["input"])
    rule = str(error["msg"]).removeprefix("Value error, ")
    rule = re.sub(r"^(Input|String|Dictionary|List|Value) should", "must", rule)
    value = error["input"]
    if (about := _ABOUT_ONE_FIELD.fullmatch(rule)) and isinstance(value, dict):
        field = about[1] if field == WHOLE else f"{field}.{about[1]}"
        rule, value = about[2], value.get(about[1], value)
    return Problem(field, rule, value, has_value=not isinstance(value, dict))


def _field(loc: tuple[int | str, ...]) -> str:
    """The dotted path as it stands in the file: without pydantic's marks for union members."""
    parts = [str(part) for part in loc if part != "[key]"]
    for section, depth in (("source", 1), ("windows", 1), ("aggregates", 2)):
        if parts[:1] == [section] and len(parts) > depth:
            del parts[depth]
    return ".".join(parts) or WHOLE
