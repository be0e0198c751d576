"""One app on both sides, and what each side is told about its surroundings."""

from dataclasses import dataclass
from pathlib import Path

from localazure.functions_host.durable_client import ClientBinding
from localazure.functions_host.settings import HostSettings
from tests.azure_worker.installing import PROJECT
from tests.azure_worker.peers import AzureWorker, Json, StandInWorker

APPS = PROJECT / "tests" / "apps"
SEEN = Path(__file__).parent / "apps" / "seen"
# Where the apps of the tests leave files; each side has a folder of its own.
FOLDERS = ("MARKS", "TICKS", "DELIVERIES", "SEEN")
# The settings of the apps; GREETING_LONG is in local.settings.json, which Azure does not read.
SETTINGS = {
    "GREETING_ROUTE": "from-setting",
    "GREETING_LONG": "hello world",
    "DAILY": "0 30 1 * * *",
    "HUB": "telemetry",
    "GROUP": "windrow",
    "AzureWebJobs.switched_off.Disabled": "true",
    # Azure's worker reads the time of a cookie's end in the zone of its machine.
    "TZ": "UTC",
}


def surroundings(folder: Path) -> dict[str, str]:
    """Environment variables of one side whose files go to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return {**SETTINGS, **dict.fromkeys(FOLDERS, str(folder))}


def durable_client(url: str) -> str:
    """What a host at an address gives to a function with a durable client."""
    return ClientBinding(url, HostSettings().task_hub, None).to_json({})


@dataclass(frozen=True)
class Ended:
    """How an invocation ended: with a text that was returned, or with an error."""

    returned: str | None
    error: str | None = None


class Pair:
    """One app, run by Azure's worker and by `localazure`."""

    def __init__(self, python: Path, app: Path, folder: Path) -> None:
        self.app = app
        self.azure_folder, self.our_folder = folder / "azure", folder / "localazure"
        environ = surroundings(self.azure_folder)
        self.azure = AzureWorker(python, app, environ, folder / "azure.log")
        environ = surroundings(self.our_folder)
        self.ours = StandInWorker(app, environ, folder / "localazure.log")

    def close(self) -> None:
        """End both."""
        self.azure.close()
        self.ours.close()

    def durable(self, trigger_type: str) -> dict[str, str]:
        """The functions with a trigger of the durable extension, by the names they are called by.

        The extension's rule: the name that the trigger was given, else the function's own.
        """
        return {
            str(trigger.get("orchestration") or trigger.get("activity") or function): function
            for function, one in self.ours.functions.items()
            if (trigger := one["trigger"])["type"] == trigger_type
        }

    def turn(self, name: str, context: str) -> tuple[Ended, Ended]:
        """Run one turn of an orchestrator on both sides: Azure's end, and ours."""
        function = self.durable("orchestrationTrigger")[name]
        azure = self.azure.invoke(function, {"string": context})
        return _of_azure(azure), _of_ours(self.ours.ask("turn", name=name, context=context))

    def activity(self, name: str, given: str) -> tuple[Ended, Ended]:
        """Run an activity on both sides: Azure's end, and ours."""
        function = self.durable("activityTrigger")[name]
        azure = self.azure.invoke(function, {"string": given})
        return _of_azure(azure), _of_ours(self.ours.ask("activity", name=name, input=given))


def azure_retry(options: Json | None) -> Json | None:
    """Azure's retry options in the stand-in's words: a fixed delay has the same bounds."""
    if options is None:
        return None
    delay = options.get("delay_interval")
    return {
        "strategy": options["retry_strategy"],
        "max_retry_count": options["max_retry_count"],
        "shortest_s": options["minimum_interval"] if delay is None else delay,
        "longest_s": options["maximum_interval"] if delay is None else delay,
    }


def _of_azure(told: Json) -> Ended:
    if "error" in told:
        return Ended(None, told["error"]["message"])
    return Ended(told["returned"]["json"])


def _of_ours(told: Json) -> Ended:
    if "error" in told:
        return Ended(None, f"{told['error']['type']}: {told['error']['message']}")
    return Ended(told["returned"])
