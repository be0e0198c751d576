"""What the host says at its start: the functions, as `func start` lists them."""

from localazure.functions_host.app import HostedFunction
from localazure.functions_host.console import Console
from localazure.functions_host.http_functions import ALL_METHODS, HttpFunctions


def announce_functions(
    console: Console, functions: list[HostedFunction], http: HttpFunctions, base_url: str
) -> None:
    """List HTTP functions with their URLs, the others with their types, then what is left out."""
    if http.table:
        console.say("\nHttp Functions:\n")
        for one in sorted(http.table, key=lambda item: item.function.name):
            methods = "" if one.methods == ALL_METHODS else f" [{','.join(one.methods)}]"
            console.say(f"    {one.function.name}:{methods} {base_url}/{one.route.template}")
    others = [one for one in functions if one.served and one.trigger_type != "httpTrigger"]
    if others:
        console.say("\nFunctions:\n")
        for function in sorted(others, key=lambda item: item.name):
            console.say(f"    {function.name}: {function.trigger_type}")
    console.say()
    for function in functions:
        if function.disabled:
            console.say(f"Function {function.name} is disabled.")
        elif function.not_imitated is not None:
            console.warn(
                f"Function {function.name} is not served: its binding {function.not_imitated} "
                "is not imitated by localazure."
            )
