"""Validation errors as sentences: every wrong field, what the rule is, and what was there."""

from pydantic import ValidationError

_SHOWN_CHARACTERS = 60


def problems_of(error: ValidationError) -> list[str]:
    """Return one sentence per wrong field, in the order of the fields."""
    return [_problem(item["loc"], item["msg"], item["input"]) for item in error.errors()]


def _problem(location: tuple[int | str, ...], rule: str, value: object) -> str:
    field = ".".join(str(part) for part in location) or "the document"
    shown = repr(value)
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "..."
    return f"`{field}`: {rule}; got {shown}"
