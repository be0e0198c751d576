"""The section `extensions.durableTask` of host.json, with the defaults of the extension 3.x.

Whatever else it says tunes storage, scaling and tracing: nothing of this is here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localazure.functions_host.errors import SettingsError

WHERE = "host.json: extensions.durableTask"
DEFAULT_TASK_HUB = "TestHubName"  # what the extension calls it outside Azure
PER_CORE = 10
FOLLOWED = ("hubName", "maxConcurrentActivityFunctions", "maxConcurrentOrchestratorFunctions")


@dataclass(frozen=True)
class DurableOptions:
    """How many functions run at once; `hub_name` may hold `%NAME%`."""

    hub_name: str = DEFAULT_TASK_HUB
    max_activities: int = PER_CORE * (os.cpu_count() or 1)
    max_orchestrators: int = PER_CORE * (os.cpu_count() or 1)
    without_effect: tuple[str, ...] = ()


def read_durable_options(section: Mapping[str, Any]) -> DurableOptions:
    """Read the section.

    Raises:
        SettingsError: every field that breaks a rule, at once.
    """
    problems: list[str] = []

    def count(name: str, default: int) -> int:
        value = section.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
        problems.append(f"{WHERE}.{name} must be a number of at least 1; got {value!r}")
        return default

    hub = section.get("hubName", DEFAULT_TASK_HUB)
    if not isinstance(hub, str) or not hub:
        problems.append(f"{WHERE}.hubName must be a text; got {hub!r}")
    defaults = DurableOptions()
    options = DurableOptions(
        hub_name=str(hub),
        max_activities=count("maxConcurrentActivityFunctions", defaults.max_activities),
        max_orchestrators=count("maxConcurrentOrchestratorFunctions", defaults.max_orchestrators),
        without_effect=tuple(name for name in section if name not in FOLLOWED),
    )
    if problems:
        raise SettingsError("\n".join(problems))
    return options
