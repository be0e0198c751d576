"""Shows an exception as the app's author needs it: from the app's first line on."""

import traceback
from types import TracebackType

NOT_THE_APP = ("localazure.", "concurrent.", "asyncio.", "azure.durable_functions.")


def app_frames(error: BaseException) -> TracebackType | None:
    """Return the traceback without the frames that lead to the app's code.

    An exception that comes from no app code keeps all of them.
    """
    frames = error.__traceback__
    while frames is not None and _module(frames).startswith(NOT_THE_APP):
        frames = frames.tb_next
    return frames or error.__traceback__


def app_traceback(error: BaseException) -> str:
    """Write the exception with the app's part of its traceback."""
    shown = traceback.format_exception(type(error), error, app_frames(error))
    return "".join(shown).rstrip()


def _module(frames: TracebackType) -> str:
    return str(frames.tb_frame.f_globals.get("__name__", "")) + "."
