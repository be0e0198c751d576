"""A child process of the supervisor: started on a leash, logged to a file, stopped in seconds."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localazure.errors import ChildEndedError, NotReadyError
from localazure.supervisor import leash
from localazure.supervisor.lock import children_lock

_STOP_TIMEOUT_S = 8.0
_PIPE_TIMEOUT_S = 1.0
_TAIL_LINES = 15
_MAX_LOG_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Child:
    """A running process; ``log`` is the file with all that it says."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    def tail(self) -> str:
        """Return the last lines of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_TAIL_LINES:])

    async def wait_until(self, is_ready: Callable[[], Awaitable[bool]], timeout_s: float) -> None:
        """Return when ``is_ready`` says so.

        Raises:
            ChildEndedError: if the process ends before.
            NotReadyError: if it takes longer than ``timeout_s``.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not await is_ready():
                    if self.process.returncode is not None:
                        raise ChildEndedError(self.name, self.process.returncode, self.tail())
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise NotReadyError(self.name, timeout_s, self.tail()) from None


@contextlib.asynccontextmanager
async def run_child(
    name: str,
    command: Sequence[str | Path],
    *,
    state: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    echo: Callable[[str], None] | None = None,
) -> AsyncIterator[Child]:
    """Run ``command`` while the context lasts.

    ``environment`` is added to this process's; ``echo`` receives what the child says, as it comes.
    """
    log = _rotated(state / "logs" / f"{name}.log")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", leash.__file__, children_lock(state)),
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        cwd=folder,
        start_new_session=True,
    )
    pump = asyncio.create_task(_pump(process, log, echo), name=f"log of {name}")
    try:
        yield Child(name, process, log)
    finally:
        await _stop(process)
        # A process that left the child's group could hold the pipe open.
        await asyncio.wait([pump], timeout=_PIPE_TIMEOUT_S)
        pump.cancel()


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _pump(
    process: asyncio.subprocess.Process, log: Path, echo: Callable[[str], None] | None
) -> None:
    if process.stdout is None:
        return
    with log.open("ab", buffering=0) as file:
        while block := await process.stdout.read(65_536):
            file.write(block)
            if echo:
                echo(block.decode("utf-8", errors="replace"))


def _rotated(log: Path) -> Path:
    """Keep one older log file once the newer one has grown large."""
    if log.exists() and log.stat().st_size > _MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    log.touch()
    return log
