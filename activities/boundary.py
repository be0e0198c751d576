"""What stands between the Functions runtime and an activity: answers, refusals, and retries.

An activity that raises is retried by its orchestrator. That is right for whatever may pass, and
wrong for what will not: a missing column stays missing. So a refusal crosses the boundary as data:

    {"answer": {...}}                                    it is done
    {"refused": {"error": "SourceError", "message": ...}}  trying again cannot help

Errors that nobody foresaw count as refusals too, with their traceback in the log: the same code and
the same input would fail the same way, and a run should end with a reason rather than hang on.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from domain.errors import RefusedError, TransientError

LOGGER = logging.getLogger("windrow.activities")

Activity = Callable[[dict[str, Any]], dict[str, Any]]


def guarded(activity: Activity) -> Activity:
    """The activity as it is registered."""

    # The annotation is plain `dict`: the Functions worker refuses parameterised ones.
    @functools.wraps(activity)
    def run(payload: dict) -> dict:  # type: ignore[type-arg]
        try:
            return {"answer": activity(payload)}
        except TransientError as error:
            LOGGER.warning("%s will be tried again: %s", activity.__name__, error)
            raise
        except (OSError, MemoryError) as error:
            LOGGER.exception("%s will be tried again", activity.__name__)
            raise TransientError("this worker", activity.__name__, error) from error
        except RefusedError as error:
            LOGGER.warning("%s refused: %s", activity.__name__, error)
            return _refusal(type(error).__name__, str(error))
        except Exception as error:
            LOGGER.exception("%s failed in a way that nobody foresaw", activity.__name__)
            what = f"{activity.__name__} failed unexpectedly: {type(error).__name__}: {error}"
            return _refusal(type(error).__name__, what)

    run.__annotations__ = {"payload": dict, "return": dict}
    return run


def _refusal(error: str, message: str) -> dict[str, Any]:
    return {"refused": {"error": error, "message": message}}
