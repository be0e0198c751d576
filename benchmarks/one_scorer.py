"""One process that scores its share of parts, as a worker of Azure ML or without all that.

`python -m benchmarks.one_scorer WAY MODEL PARTS OUT NUMBER OF ROWS` loads the model, says so, and
begins when it is sent a line. It goes over every OF-th part, again and again until it has scored
ROWS rows, and prints what that took.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

SCORING_CODE = Path(__file__).parents[1] / "scoring_model"
COLUMNS = ("score", "threshold", "is_anomaly")

Score = Callable[[Path], int]


def as_azure_ml(model: Path, out: Path) -> Score:
    """score.py: checks, unknown keys, quality notes and all; a file per part."""
    import score

    os.environ |= {"AZUREML_MODEL_DIR": str(model), "AZUREML_BI_OUTPUT_PATH": str(out)}
    score.init()
    return lambda part: int(score.run([str(part)])[0].split()[1])


def plain(model: Path, out: Path) -> Score:
    """Reads a part, calls the model, and writes keys and scores: what a notebook would do."""
    import anomaly
    from batch.folder import find_model_folder

    loaded = anomaly.load(find_model_folder(model))

    def score(part: Path) -> int:
        windows = pq.read_table(part).to_pandas()
        answer = anomaly.predict(loaded, windows)
        keys = windows[["device", "sensor", "window_end"]]
        keys.join(answer).to_parquet(out / part.name, compression="zstd")
        return len(windows)

    return score


def alone(model: Path, _: Path) -> Score:
    """The model's arithmetic alone: windows are in memory, scores are thrown away."""
    import anomaly
    from batch.folder import find_model_folder

    loaded = anomaly.load(find_model_folder(model))
    windows: dict[Path, pd.DataFrame] = {}

    def score(part: Path) -> int:
        if part not in windows:
            windows[part] = pq.read_table(part).to_pandas()
        return len(anomaly.predict(loaded, windows[part]))

    return score


WAYS: dict[str, Callable[[Path, Path], Score]] = {
    "score.py": as_azure_ml,
    "plain": plain,
    "alone": alone,
}


def peak_mb() -> float:
    """The most memory that this process ever had.

    From /proc where there is one: `ru_maxrss` counts what its parent had when it was started.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        found = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(found["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measures one process's share."""
    sys.path.insert(0, str(SCORING_CODE))
    way, model, parts, out = sys.argv[1], *map(Path, sys.argv[2:5])
    number, of, rows = map(int, sys.argv[5:])
    mine = sorted(parts.glob("*.parquet"))[number::of]
    for name in ("score", "anomaly"):
        importlib.import_module(name)  # not what is measured

    before, begin = peak_mb(), time.perf_counter()
    score = WAYS[way](model, out)
    load_s = time.perf_counter() - begin
    if way == "alone":
        for part in mine:
            score(part)
    print("loaded", flush=True)
    sys.stdin.readline()
    done, begin_cpu = 0, time.process_time()
    for part in cycle(mine):
        done += score(part)
        if done >= rows:
            break
    cpu_s = time.process_time() - begin_cpu
    mb = {"mb": peak_mb() - before, "peak_mb": peak_mb()}
    print(json.dumps({"load_s": load_s, "cpu_s": cpu_s, "rows": done, **mb}))


if __name__ == "__main__":
    main()
