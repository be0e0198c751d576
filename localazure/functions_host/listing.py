"""What the host says at its start: the functions, as `func start` lists them."""

from collections import defaultdict

from localazure.functions_host.app import HostedFunction
from localazure.functions_host.console import Console
from localazure.functions_host.event_hubs.function import EventHubFunction
from localazure.functions_host.http_functions import ALL_METHODS, HttpFunctions


def announce_functions(
    console: Console,
    functions: list[HostedFunction],
    http: HttpFunctions,
    event_hubs: list[EventHubFunction],
    base_url: str,
) -> None:
    """List HTTP functions with their URLs, the others with their types, then what is left out."""
    if http.table:
        console.say("\nHttp Functions:\n")
        for one in sorted(http.table, key=lambda item: item.function.name):
            methods = "" if one.methods == ALL_METHODS else f" [{','.join(one.methods)}]"
            console.say(f"    {one.function.name}:{methods} {base_url}/{one.route.template}")
    others = [one for one in functions if one.served and one.trigger_type != "httpTrigger"]
    if others:
        details = {one.name: f" ({one.describe()})" for one in event_hubs}
        console.say("\nFunctions:\n")
        for function in sorted(others, key=lambda item: item.name):
            console.say(
                f"    {function.name}: {function.trigger_type}{details.get(function.name, '')}"
            )
    console.say()
    _warn_of_rivals(console, event_hubs)
    for function in functions:
        if function.disabled:
            console.say(f"Function {function.name} is disabled.")
        elif function.not_imitated is not None:
            console.warn(
                f"Function {function.name} is not served: its binding {function.not_imitated} "
                "is not imitated by localazure."
            )
        elif function.retry is not None and function.trigger_type != "eventHubTrigger":
            console.warn(
                f"Function {function.name} has a retry policy, which localazure imitates for "
                "eventHubTrigger only: it is not retried."
            )


def _warn_of_rivals(console: Console, event_hubs: list[EventHubFunction]) -> None:
    """Name functions that would take each other's events in Azure; here they share checkpoints."""
    sharing: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for one in event_hubs:
        sharing[one.listens_to].append(one.name)
    for (_, hub, group), names in sharing.items():
        if len(names) > 1:
            console.warn(
                f"Functions {', '.join(names)} listen to event hub {hub!r} as the same consumer "
                f"group {group!r}: each event is sure to reach one of them only. Give each a "
                "consumer group of its own."
            )
