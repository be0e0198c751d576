"""Writes the host's lines. One place, so that output is whole lines from any thread."""

import logging
import sys
import threading
import traceback
import warnings
from datetime import UTC, datetime
from typing import TextIO

from localazure.functions_host.tracebacks import app_traceback

# Azure's SDKs tell every request at INFO: too much for a console.
WORDY_LOGGERS = ("azure", "aiohttp", "httpx", "urllib3", "msal")


def show_logs(*, quiet: bool) -> None:
    """Let the app's own log records appear, as the real host shows them."""
    logging.basicConfig(
        level=logging.WARNING if quiet else logging.INFO,
        format="[%(asctime)s] %(levelname)s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
    )
    # Said of every external event that comes before it is awaited; there is nothing to act on.
    warnings.filterwarnings("ignore", "Potential duplicate Task completion", UserWarning)
    for name in WORDY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


class Console:
    """The host's voice: announcements always, one line per invocation unless quiet."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._lock = threading.Lock()

    def say(self, text: str = "") -> None:
        """Write an announcement."""
        self._write(sys.stdout, text)

    def warn(self, text: str) -> None:
        """Write something that a person should act on."""
        self._write(sys.stderr, text)

    def failed(self, error: BaseException) -> None:
        """Write why the host cannot run: one line, then the traceback of the app's own error."""
        self._write(sys.stderr, f"error: {error}")
        if error.__cause__ is not None:
            self._write(sys.stderr, "".join(traceback.format_exception(error.__cause__)).rstrip())

    def invoked(
        self,
        name: str,
        invocation_id: str,
        seconds: float,
        error: BaseException | None,
        detail: str = "",
    ) -> None:
        """Write the line of one invocation; a failed one is followed by its traceback."""
        if error is None and self._quiet:
            return
        result = "Succeeded" if error is None else "Failed"
        clock = datetime.now(UTC).strftime("%H:%M:%S.%f")[:-3]
        line = f"[{clock}] {name} {invocation_id[:8]} {seconds * 1000:.0f} ms {result}"
        if detail:
            line += f" ({detail})"
        if error is not None:
            line += "\n" + app_traceback(error)
        self._write(sys.stdout if error is None else sys.stderr, line)

    def ended(self, name: str, instance_id: str, status: str, detail: str = "") -> None:
        """Write how an orchestration ended."""
        if status == "Completed" and self._quiet:
            return
        clock = datetime.now(UTC).strftime("%H:%M:%S.%f")[:-3]
        tail = f": {detail}" if detail else ""
        self._write(sys.stdout, f"[{clock}] {name} instance {instance_id} {status}{tail}")

    def _write(self, stream: TextIO, text: str) -> None:
        with self._lock:
            stream.write(text + "\n")
            stream.flush()
