"""Runs one scoring script: set up once, then a mini-batch at a time, until told to end.

A process of its own, and a fresh interpreter, so that a script may crash, hang or leak as it likes.
Standard output carries the replies; the script's own goes to a log file, even from C code.
"""

import functools
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from localazure.mlbatch.lifeline import Lifeline
from localazure.mlbatch.worker.messages import (
    Reply,
    Setup,
    decode_setup,
    decode_task,
    encode,
    package_root,
)
from localazure.mlbatch.worker.script import Script

# A script may raise what is as large as its data.
_MAX_MESSAGE_CHARACTERS = 2_000
_MAX_TRACEBACK_CHARACTERS = 50_000


def main() -> None:
    """Serve the runner that started this process."""
    commands, replies = _private_pipes()
    lines = Lifeline(commands).lines()
    setup = decode_setup(next(lines))
    _redirect_output(setup)
    _hide_stand_in()
    script = Script(Path(setup.code), Path(setup.script))
    ready = _attempt(script.init)
    _send(replies, ready)
    while ready.ok and (task := decode_task(next(lines))):
        rows_file = Path(task.rows_file) if task.rows_file else None
        _send(replies, _attempt(functools.partial(script.score, task.files, rows_file)))
    if ready.ok:
        script.shutdown()


def _attempt(action: Callable[[], None]) -> Reply:
    try:
        action()
    except Exception as error:  # noqa: BLE001 - it is the user's code: whatever it raises is data
        shown = "".join(traceback.format_exception(error))
        sys.stderr.write(shown)
        reason = (str(error).splitlines() or [""])[0]
        message = f"{type(error).__name__}: {reason}"
        return Reply(
            ok=False,
            message=message[:_MAX_MESSAGE_CHARACTERS],
            traceback=shown[-_MAX_TRACEBACK_CHARACTERS:],
        )
    return Reply(ok=True)


def _send(replies: BinaryIO, reply: Reply) -> None:
    replies.write(encode(reply))
    replies.flush()


def _private_pipes() -> tuple[int, BinaryIO]:
    """Move both pipes to descriptors that the script does not know."""
    commands, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return commands, os.fdopen(replies, "wb")


def _redirect_output(setup: Setup) -> None:
    descriptor = os.open(setup.stdout_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.close(descriptor)
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    logging.basicConfig(level=setup.logging_level.upper(), stream=sys.stdout)


def _hide_stand_in() -> None:
    """Let a script see only what it would see in Azure."""
    root = str(package_root())
    sys.path[:] = [entry for entry in sys.path if entry != root]
    left = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry != root]
    os.environ["PYTHONPATH"] = os.pathsep.join(left)
    if not any(left):
        del os.environ["PYTHONPATH"]


if __name__ == "__main__":
    main()
