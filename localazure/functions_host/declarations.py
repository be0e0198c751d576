"""Refuses the declarations of functions that Azure's Python worker refuses when it loads an app.

There, one such function keeps every function of the app from being found; here, the host does not
start. Source: `Registry` in `azure_functions_runtime/functions.py`, the worker's library.
"""

import collections.abc
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import azure.functions as func

from localazure.functions_host.errors import BadFunctionError

RETURNED = "$return"
# Their results need no binding; those of every other trigger do.
WITH_RESULT = ("orchestrationTrigger", "activityTrigger", "entityTrigger")
NOT_GENERIC = (typing.Union, tuple, typing.ClassVar, collections.abc.Callable)

Bindings = Sequence[Mapping[str, Any]]


def check_declaration(name: str, call: Callable[..., Any], bindings: Bindings) -> None:
    """Compare a function's parameters and annotations with its bindings.

    Raises:
        BadFunctionError: for the first rule that is broken.
    """
    parameters = dict(inspect.signature(call).parameters)
    annotations = typing.get_type_hints(call)
    bound = {str(one["name"]): one for one in bindings if one["name"] != RETURNED}
    if "context" in parameters and "context" not in bound:
        del parameters["context"]
        _check_context(name, annotations)
    for missing in bound.keys() - parameters.keys():
        raise BadFunctionError(name, f"has no parameter named {missing!r}")
    for unbound in parameters.keys() - bound.keys():
        raise BadFunctionError(name, f"parameter {unbound!r} belongs to no trigger or binding")
    for parameter, binding in bound.items():
        if parameter in annotations:
            _check_parameter(name, parameter, annotations[parameter], binding)
    returned = next((one for one in bindings if one["name"] == RETURNED), None)
    if returned is not None and "return" in annotations:
        _check_result(name, annotations["return"], str(returned["type"]))


def takes_result(trigger_type: str, others: Bindings) -> bool:
    """Say whether a function may return something; otherwise its invocation fails if it does."""
    return trigger_type in WITH_RESULT or any(one["name"] == RETURNED for one in others)


def _check_context(name: str, annotations: Mapping[str, Any]) -> None:
    annotation = annotations.get("context", func.Context)
    if not isinstance(annotation, type) or annotation.__name__ != "Context":
        rule = f"parameter 'context' must be an azure.functions.Context; got {annotation}"
        raise BadFunctionError(name, rule)


def _check_parameter(
    name: str, parameter: str, annotation: Any, binding: Mapping[str, Any]
) -> None:
    if not isinstance(annotation, type) and not _is_generic(annotation):
        raise BadFunctionError(
            name,
            f"parameter {parameter!r} must have a plain type or one of typing, as Azure's worker "
            f"asks for (dict or Dict[str, Any], not dict[str, Any]); got {annotation}",
        )
    # What is out goes into an Out; such bindings are not imitated.
    if binding["direction"] != "IN" or annotation in (str, bytes):
        return
    kind = str(binding["type"])
    converter = _converter(kind)
    if converter is not None and not converter.check_input_type_annotation(annotation):
        rule = f"parameter {parameter!r} must have a type that fits {kind}; got {annotation}"
        raise BadFunctionError(name, rule)


def _check_result(name: str, annotation: Any, kind: str) -> None:
    converter = _converter(kind)
    fits = isinstance(annotation, type) and (
        converter is None or converter.check_output_type_annotation(annotation)
    )
    if not fits:
        raise BadFunctionError(name, f"must return a type that fits {kind}; got {annotation}")


def _converter(kind: str) -> Any:
    return func.get_binding_registry().get(kind)  # type: ignore[no-untyped-call]


def _is_generic(annotation: Any) -> bool:
    """Say whether it is `List[...]` and the like; `list[...]` is not, to Azure's worker."""
    of_typing = type(annotation).__module__ == "typing"
    return of_typing and typing.get_origin(annotation) not in (None, *NOT_GENERIC)
