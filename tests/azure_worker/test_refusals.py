"""What Azure's worker refuses to load, the stand-in refuses, too, and what it takes is taken.

In Azure one such function keeps every function of the app from being found.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.azure_worker.sides import Pair, azure_retry

pytestmark = [pytest.mark.xdist_group("azure_worker"), pytest.mark.timeout(900)]

HEAD = """
from typing import Any, Dict, List
import azure.durable_functions as df
import azure.functions as func
app = df.DFApp()
"""
# For each: what is wrong, a part of the sentence that Azure's worker has for it, and the code.
REFUSED = {
    "an activity's input with a parameterised built-in type": (
        "binding given has invalid non-type annotation dict[str, int]",
        """
@app.activity_trigger(input_name="given")
def one(given: dict[str, int]) -> int: ...
""",
    ),
    "events in a parameterised built-in type": (
        "binding events has invalid non-type annotation list[",
        """
@app.event_hub_message_trigger(
    arg_name="events", event_hub_name="h", connection="C", cardinality="many"
)
def one(events: list[func.EventHubEvent]): ...
""",
    ),
    "an HTTP function that says that it returns nothing": (
        'return annotation "NoneType" does not match binding type "http"',
        """
@app.route()
def one(req: func.HttpRequest) -> None: ...
""",
    ),
    "an HTTP function that says that it returns a dictionary": (
        'return annotation "dict" does not match binding type "http"',
        """
@app.route()
def one(req: func.HttpRequest) -> dict: ...
""",
    ),
    "a parameter that is no binding": (
        "parameters are declared in Python but not in the function definition",
        """
@app.timer_trigger(arg_name="timer", schedule="0 0 1 1 *")
def one(timer: func.TimerRequest, other: int = 1) -> None: ...
""",
    ),
    "a binding that is no parameter": (
        "parameters are declared in Python but not in the function definition",
        """
@app.timer_trigger(arg_name="clock", schedule="0 0 1 1 *")
def one(timer: func.TimerRequest) -> None: ...
""",
    ),
    "the type of another trigger": (
        "do not match the corresponding function parameter's Python type annotation HttpRequest",
        """
@app.timer_trigger(arg_name="timer", schedule="0 0 1 1 *")
def one(timer: func.HttpRequest) -> None: ...
""",
    ),
    "a context of another type": (
        'the "context" parameter is expected to be of type azure.functions.Context',
        """
@app.timer_trigger(arg_name="timer", schedule="0 0 1 1 *")
def one(timer: func.TimerRequest, context: dict) -> None: ...
""",
    ),
    "a delay of retries in seconds": (
        "time data '5' does not match format '%H:%M:%S'",
        """
@app.event_hub_message_trigger(arg_name="event", event_hub_name="h", connection="C")
@app.retry(strategy="fixed_delay", max_retry_count="1", delay_interval="5")
def one(event: func.EventHubEvent) -> None: ...
""",
    ),
    "the same app under two names": (
        "More than one DFApp or other top level function app instances are defined",
        """
again = app
@app.timer_trigger(arg_name="timer", schedule="0 0 1 1 *")
def one(timer: func.TimerRequest) -> None: ...
""",
    ),
}
TAKEN = """
@app.activity_trigger(input_name="given")
def generic(given: Dict[str, Any]) -> List[int]: ...

@app.activity_trigger(input_name="given")
def bare(given): ...

@app.orchestration_trigger(context_name="context")
def story(context):
    yield

@app.event_hub_message_trigger(
    arg_name="events", event_hub_name="h", connection="C", cardinality="many"
)
@app.retry(strategy="exponential_backoff", max_retry_count="3")
@app.durable_client_input(client_name="client")
async def many(events: List[func.EventHubEvent], client: Any, context: func.Context) -> None: ...

@app.route()
def answers(req: func.HttpRequest) -> func.HttpResponse: ...

@app.route(route="text")
def text(req: func.HttpRequest) -> str: ...

@app.route(route="bare")
def without_types(req): ...
"""


@pytest.fixture(scope="module")
def pair(worker_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both sides, with an app that has no functions; they load one after the other in its place."""
    folder = tmp_path_factory.mktemp("refusals")
    with closing(Pair(worker_python, written(HEAD, folder), folder)) as made:
        yield made


def written(code: str, folder: Path) -> Path:
    """Write an app of this code."""
    app = folder / "app"
    app.mkdir()
    (app / "function_app.py").write_text(code, "utf-8")
    return app


@pytest.mark.parametrize("what", REFUSED)
def test_what_azure_refuses_is_refused(what: str, pair: Pair, tmp_path: Path) -> None:
    """Neither side has any function."""
    sentence, code = REFUSED[what]
    app = written(HEAD + code, tmp_path)
    azure, ours = pair.azure.load(app), pair.ours.load(app)
    assert sentence in azure["error"]["message"]
    assert "error" in ours


def test_what_azure_takes_is_taken(pair: Pair, tmp_path: Path) -> None:
    """Types of `typing` with parameters, no types at all, and intervals that are left out."""
    app = written(HEAD + TAKEN, tmp_path)
    azure, ours = pair.azure.load(app)["functions"], pair.ours.load(app)["functions"]
    assert [one["name"] for one in azure] == [one["name"] for one in ours]
    assert [azure_retry(one.get("retry_options")) for one in azure] == [
        one["retry"] for one in ours
    ]
