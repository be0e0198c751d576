"""What stands between the Functions runtime and an activity."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from activities.boundary import guarded
from domain.errors import EndpointError, RunCancelledError, SourceError, TransientError
from domain.messages import Run
from orchestrators.calls import ActivityRefusedError, answer_of, plain_reason


def raising(error: BaseException) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An activity that fails."""

    def an_activity(payload: dict[str, Any]) -> dict[str, Any]:
        raise error

    return guarded(an_activity)


def test_an_answer_crosses_as_it_is() -> None:
    """The orchestrator unwraps exactly what the activity answered."""

    def an_activity(payload: dict[str, Any]) -> dict[str, Any]:
        """Doubles."""
        return {"twice": payload["n"] * 2}

    crossed = guarded(an_activity)({"n": 21})
    assert crossed == {"answer": {"twice": 42}}
    assert answer_of(json.loads(json.dumps(crossed))) == {"twice": 42}


@pytest.mark.parametrize(
    "error",
    [SourceError("a.csv: has no column `ts`"), EndpointError("no"), RunCancelledError("r1")],
    ids=lambda error: type(error).__name__,
)
def test_a_refusal_crosses_as_data(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """It is not raised, so it is not tried again; the orchestrator gets its name and sentence."""
    crossed = raising(error)({})
    with pytest.raises(ActivityRefusedError) as caught:
        answer_of(crossed)
    assert (caught.value.kind, plain_reason(caught.value)) == (type(error).__name__, str(error))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_refusal_keeps_all_of_its_lines() -> None:
    """Every problem of every file reaches the ledger."""
    message = "the files have problems:\n  a.csv: ...\n  b.csv: ..."
    with pytest.raises(ActivityRefusedError) as caught:
        answer_of(raising(SourceError(message))({}))
    assert plain_reason(caught.value) == message


def test_what_may_pass_is_raised() -> None:
    """The engine tries an activity again that raises."""
    error = TransientError("Azure SQL", "connecting", "timed out")
    with pytest.raises(TransientError) as caught:
        raising(error)({})
    assert caught.value is error


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), ConnectionResetError(), TimeoutError(), MemoryError()],
    ids=lambda error: type(error).__name__,
)
def test_trouble_of_the_worker_is_transient(error: BaseException) -> None:
    """Another worker, or this one a moment later, may have disk, memory and network again."""
    with pytest.raises(TransientError, match="this worker: an_activity did not succeed for now"):
        raising(error)({})


def test_what_nobody_foresaw_is_a_refusal_with_its_traceback_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The same code and input would fail the same way: the run ends with a reason instead."""
    crossed = raising(KeyError("rows"))({})
    assert crossed == {
        "refused": {
            "error": "KeyError",
            "message": "an_activity failed unexpectedly: KeyError: 'rows'",
        }
    }
    [record] = caplog.records
    assert record.exc_info is not None


def test_a_payload_that_is_no_message_is_a_refusal() -> None:
    """A wrong message would be wrong again."""
    run = guarded(lambda payload: Run.from_json(payload).to_json())
    assert run({"run_id": "r1"})["refused"]["error"] == ValidationError.__name__


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)], ids=repr)
def test_a_worker_that_is_stopped_stops(error: BaseException) -> None:
    """The end of the process is not an answer."""
    with pytest.raises(type(error)):
        raising(error)({})


def test_the_registered_function_is_one_that_the_worker_takes() -> None:
    """It keeps its name and documentation, and its annotations are plain types."""

    def an_activity(payload: dict[str, Any]) -> dict[str, Any]:
        """Does something."""
        return payload

    registered = guarded(an_activity)
    assert (registered.__name__, registered.__doc__) == ("an_activity", "Does something.")
    assert registered.__annotations__ == {"payload": dict, "return": dict}
