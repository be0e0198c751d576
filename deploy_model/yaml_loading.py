"""One of Azure ML's YAML files through its own loader, and what is wrong with it in short lines.

The SDK's message is a page long and says in the middle what matters; the data it was made from is
in the error's context.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy_model.errors import InputError
from deploy_model.one_line import one_line


def read_yaml(file: Path) -> dict[str, Any]:
    """What the file says, unchecked. Raises InputError if it cannot be read, or is no mapping."""
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError([f"{file} cannot be read: {error.strerror}"]) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError([f"{file} is not YAML: {one_line(str(error))}"]) from error
    if not isinstance(found, dict):
        raise InputError([f"{file} must be a mapping of fields; got {type(found).__name__}"])
    return found


def load(loader: Callable[..., Any], file: Path, **options: Any) -> Any:
    """The entity that a `load_*` function of azure-ai-ml makes of the file.

    Raises InputError with a line per problem that it finds.
    """
    from azure.ai.ml.exceptions import MlException
    from marshmallow import ValidationError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the SDK's own use of what marshmallow deprecates
            return loader(file, **options)
    except ValidationError as error:
        context = error.__cause__ or error.__context__
        messages = context.messages if isinstance(context, ValidationError) else error.messages
        raise InputError(list(dict.fromkeys(_lines(file, messages)))) from error
    except (MlException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError([f"{file}: {one_line(str(error))}"]) from error


def _lines(file: Path, messages: object, field: str = "") -> Iterator[str]:
    """A line for each message in the loader's nested answer."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            # `_schema` and the numbers of union members are not fields of the file.
            path = field if not str(name).isidentifier() or name == "_schema" else f"{field}.{name}"
            yield from _lines(file, inner, path)
    elif isinstance(messages, list):
        for inner in messages:
            yield from _lines(file, inner, field)
    else:
        yield f"{file}: `{field.lstrip('.') or '(file)'}`: {one_line(str(messages))}"
