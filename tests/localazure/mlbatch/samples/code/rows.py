"""Returns one text row per file; a file may ask for trouble instead."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from neighbour import scored

weight = 0


def init() -> None:
    """Load the model as Azure's samples do: one level below AZUREML_MODEL_DIR."""
    global weight
    weight = int((Path(os.environ["AZUREML_MODEL_DIR"]) / "model" / "weight.txt").read_text())
    logging.info("%s from the log", os.environ["GREETING"])
    sys.stdout.write("ready\n")


def run(mini_batch: list[str]) -> object:
    """Score files, or do what the first file that is not data says."""
    for path in mini_batch:
        word = Path(path).read_text().split(":")[0]
        if word in _TROUBLES:
            return _TROUBLES[word](mini_batch)
    return _score(mini_batch)


def _score(mini_batch: list[str]) -> list[str]:
    return [scored(Path(path).name, Path(path).read_text(), weight) for path in mini_batch]


def _raise(mini_batch: list[str]) -> object:
    raise ValueError(f"cannot read {Path(mini_batch[0]).name}")


def _fail_once(mini_batch: list[str]) -> object:
    marker = Path("seen.txt")
    if not marker.exists():
        marker.touch()
        raise RuntimeError("only the first attempt fails")
    return _score(mini_batch)


def _exit(mini_batch: list[str]) -> object:
    os._exit(7)


def _hang(mini_batch: list[str]) -> object:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    sys.stdout.write(f"hanging in {os.getpid()} and {child.pid}\n")
    while True:
        pass


def _eat(mini_batch: list[str]) -> object:
    hoard = []
    while True:
        hoard.append(b"x" * 20_000_000)


def _multiply(mini_batch: list[str]) -> object:
    while True:
        if os.fork() == 0:
            signal.pause()


def _chatter(mini_batch: list[str]) -> object:
    for _ in range(40):
        sys.stdout.write("y" * 100_000 + "\n")
        time.sleep(0.05)
    sys.stdout.write("the last word\n")
    return _score(mini_batch)


def _orphan(mini_batch: list[str]) -> object:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    sys.stdout.write(f"hanging in {os.getpid()} and {child.pid}\n")
    return _score(mini_batch)


def _shout(mini_batch: list[str]) -> object:
    raise ValueError("z" * 5_000_000)


def _return_nothing(mini_batch: list[str]) -> object:
    return None


def _look_around(mini_batch: list[str]) -> object:
    import importlib.util

    found = [name for name in ("domain", "adapters") if importlib.util.find_spec(name)]
    return [f"{found} {os.environ.get('PYTHONPATH')}"]


_TROUBLES = {
    "raise": _raise,
    "fail once": _fail_once,
    "exit": _exit,
    "hang": _hang,
    "too few": lambda mini_batch: _score(mini_batch)[1:],
    "eat": _eat,
    "multiply": _multiply,
    "chatter": _chatter,
    "orphan": _orphan,
    "shout": _shout,
    "nothing": _return_nothing,
    "look around": _look_around,
}
