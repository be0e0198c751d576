"""Imports an app folder by path and describes its functions in the host's own words."""

import importlib.util
import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.functions.decorators.function_app import Function, FunctionRegister

from localazure.functions_host.bindings import is_imitated
from localazure.functions_host.declarations import check_declaration, takes_result
from localazure.functions_host.errors import AppLoadError, HostError
from localazure.functions_host.settings import is_disabled


@dataclass(frozen=True)
class HostedFunction:
    """One function of the app."""

    name: str
    call: Callable[..., Any]
    trigger: Mapping[str, Any]
    bindings: tuple[Mapping[str, Any], ...]
    disabled: bool
    not_imitated: str | None
    retry: Mapping[str, Any] | None = None

    @property
    def trigger_type(self) -> str:
        """The trigger's type as function.json spells it."""
        return str(self.trigger["type"])

    @property
    def served(self) -> bool:
        """Say whether the host runs this function."""
        return not self.disabled and self.not_imitated is None

    @property
    def is_async(self) -> bool:
        """Say whether the function runs on the event loop."""
        return inspect.iscoroutinefunction(self.call)

    @property
    def takes_result(self) -> bool:
        """Say whether the function may return something."""
        return takes_result(self.trigger_type, self.bindings)

    @property
    def durable_name(self) -> str:
        """The one name by which it is called: that of its trigger, if it was given one."""
        declared = self.trigger.get("orchestration") or self.trigger.get("activity")
        return str(declared or self.name)


def load_app(app_path: Path) -> list[HostedFunction]:
    """Import `function_app.py` of a folder and return its functions.

    Raises:
        AppLoadError: no such file, an exception while importing, or no app object in it.
    """
    script = app_path / "function_app.py"
    if not script.is_file():
        raise AppLoadError(f"{app_path} holds no function_app.py")
    sys.path.insert(0, str(app_path))
    # The durable SDK reads host.json from here at import.
    os.environ.setdefault("AzureWebJobsScriptRoot", str(app_path))
    spec = importlib.util.spec_from_file_location("function_app", script)
    if spec is None or spec.loader is None:
        raise AppLoadError(f"{script} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules["function_app"] = module
    try:
        spec.loader.exec_module(module)
        return [_describe(one) for one in _find_app(vars(module)).get_functions()]
    except HostError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise AppLoadError(f"{script} does not import: {what}") from error


def _find_app(names: Mapping[str, Any]) -> FunctionRegister:
    # Azure's worker counts names: one app under two of them is two.
    apps = [value for value in names.values() if isinstance(value, FunctionRegister)]
    if len(apps) != 1:
        raise AppLoadError(
            f"function_app.py must hold exactly one FunctionApp or DFApp; got {len(apps)}"
        )
    return apps[0]


def _describe(function: Function) -> HostedFunction:
    name = str(function.get_function_name())
    bindings: list[dict[str, Any]] = json.loads(function.get_function_json())["bindings"]
    trigger = next(one for one in bindings if str(one["type"]).endswith("Trigger"))
    others = tuple(one for one in bindings if one is not trigger)
    call = function.get_user_function()
    check_declaration(name, call, bindings)
    return HostedFunction(
        name=name,
        call=call,
        trigger=trigger,
        bindings=others,
        disabled=is_disabled(name),
        not_imitated=_not_imitated(trigger, others),
        retry=function.get_settings_dict("retry_policy"),
    )


def _not_imitated(trigger: Mapping[str, Any], others: tuple[Mapping[str, Any], ...]) -> str | None:
    if not is_imitated(str(trigger["type"])):
        return str(trigger["type"])
    for binding in others:
        returned = binding["type"] != "http" or binding["name"] == "$return"
        if not is_imitated(str(binding["type"])) or not returned:
            return f"{binding['type']} '{binding['name']}'"
    return None
