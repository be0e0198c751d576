"""A scoring script whose result is easy to compute by hand, and which can be made to misbehave.

The score of a window is 2 * value_mean + value_count. Devices with these names are special:
`raises` fails the file, `short` loses a row, `stranger` is rejected with a reason, `once` hangs in
the first job that meets it, and `gated` waits until the file $TINY_GATES/open exists.
"""

import os
import sys
import time
from pathlib import Path


class _NoPandas:
    """pyarrow would import it for its first scalar: three times as long as the rest of a job."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


sys.meta_path.insert(0, _NoPandas())  # type: ignore[arg-type]

import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

GATES = Path(os.environ["TINY_GATES"])


def init() -> None:
    """There is nothing to load."""


def run(mini_batch: list[str]) -> list[str]:
    """Scores each file."""
    return [_score(Path(path)) for path in mini_batch]


def _score(path: Path) -> str:
    windows = pq.read_table(path)
    devices = set(windows["device"].to_pylist())
    if "raises" in devices:
        raise ValueError(f"cannot score {path.name}: this device always raises")
    if "once" in devices and not (GATES / "hung").exists():
        (GATES / "hung").touch()
        _wait_for(GATES / "never")
    if "gated" in devices:
        (GATES / "reached").touch()
        _wait_for(GATES / "open")
    scores = _scores(windows)
    if "short" in devices:
        scores = scores.slice(1)
    target = Path(os.environ["AZUREML_BI_OUTPUT_PATH"]) / f"{path.stem}.scores.parquet"
    temporary = target.with_suffix(".tmp")
    pq.write_table(scores, temporary)
    temporary.rename(target)
    return f"{path.name} {scores.num_rows}"


def _scores(windows: pa.Table) -> pa.Table:
    known = pc.not_equal(windows["device"], "stranger")
    count = pc.cast(windows["value_count"], pa.float64())
    score = pc.add(pc.multiply(windows["value_mean"], 2.0), count)
    return pa.table(
        {
            "device": windows["device"],
            "window_end": windows["window_end"],
            "score": pc.if_else(known, score, None),
            "model_version": pa.array(["tiny-1"] * windows.num_rows),
            "rejected_reason": pc.if_else(
                known, pa.scalar(None, pa.string()), pa.scalar("unknown device")
            ),
        }
    )


def _wait_for(gate: Path) -> None:
    while not gate.exists():
        time.sleep(0.02)
