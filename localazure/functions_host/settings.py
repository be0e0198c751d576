"""Reads an app's host.json and local.settings.json, with every wrong entry told at once."""

import json
import os
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localazure.functions_host.durable_options import (
    DEFAULT_TASK_HUB,
    DurableOptions,
    read_durable_options,
)
from localazure.functions_host.errors import SettingsError
from localazure.functions_host.event_hubs.options import EventHubOptions, read_options

PLACEHOLDER = re.compile(r"%([^%\s]+)%")
TRUE_TEXTS = ("true", "1")


@dataclass(frozen=True)
class HostSettings:
    """The parts of host.json that this host follows."""

    route_prefix: str = "api"
    task_hub: str = DEFAULT_TASK_HUB
    durable: DurableOptions = field(default_factory=DurableOptions)
    event_hubs: EventHubOptions = field(default_factory=EventHubOptions)


def read_host_settings(app_path: Path, environ: Mapping[str, str]) -> HostSettings:
    """Read host.json; a missing file means the defaults, as an empty one does."""
    content = _read_json(app_path / "host.json")
    extensions = _section(content, "extensions")
    prefix = _section(extensions, "http").get("routePrefix", "api")
    if not isinstance(prefix, str):
        raise SettingsError(f"host.json: `routePrefix` must be a string; got {prefix!r}")
    durable = read_durable_options(_section(extensions, "durableTask"))
    return HostSettings(
        prefix.strip("/"),
        expand(durable.hub_name, environ, "host.json: hubName"),
        durable,
        read_options(_section(extensions, "eventHubs")),
    )


def apply_local_settings(app_path: Path, environ: MutableMapping[str, str]) -> None:
    """Put the `Values` of local.settings.json into the environment, unless already there.

    Keys that start with `//` or `_` are comments. `%NAME%` stands for another setting.
    """
    values = _section(_read_json(app_path / "local.settings.json"), "Values")
    wanted = {key: value for key, value in values.items() if not key.startswith(("//", "_"))}
    wrong = [key for key, value in wanted.items() if isinstance(value, (dict, list))]
    if wrong:
        names = ", ".join(sorted(wrong))
        raise SettingsError(f"local.settings.json: values must be plain texts; not so: {names}")
    known = {**{key: _text(value) for key, value in wanted.items()}, **environ}
    problems = []
    for key in wanted:
        try:
            environ.setdefault(key, expand(known[key], known, f"local.settings.json: {key}"))
        except SettingsError as error:
            problems.append(str(error))
    if problems:
        raise SettingsError("\n".join(problems))


def expand(text: str, environ: Mapping[str, str], where: str) -> str:
    """Replace every `%NAME%`; an unknown name, or one that leads back to itself, is an error."""

    def replace(match: re.Match[str], seen: tuple[str, ...] = ()) -> str:
        name = match.group(1)
        if name in seen:
            raise SettingsError(f"{where}: %{name}% leads back to itself")
        if name not in environ:
            raise SettingsError(f"{where}: %{name}% is not an app setting")
        return PLACEHOLDER.sub(lambda one: replace(one, (*seen, name)), environ[name])

    return PLACEHOLDER.sub(replace, text)


def is_disabled(function: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether `AzureWebJobs.<function>.Disabled` is set."""
    keys = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs_{function}_Disabled")
    return any(environ.get(key, "").strip().lower() in TRUE_TEXTS for key in keys)


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text("utf-8-sig") or "{}")
    except ValueError as error:
        raise SettingsError(f"{path.name} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name} must hold a JSON object")
    return content


def _section(content: dict[str, Any], name: str) -> dict[str, Any]:
    section = content.get(name) or {}
    if not isinstance(section, dict):
        raise SettingsError(f"`{name}` must be a JSON object")
    return section


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
