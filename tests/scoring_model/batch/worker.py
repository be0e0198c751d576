"""A worker process as Azure ML starts it: score.py's folder on the path, nothing of the project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.scoring_model.synthetic import CODE

WORKER = """
import importlib.util, json, sys
code, files = sys.argv[1], sys.argv[2:]
sys.path.insert(0, code)
spec = importlib.util.spec_from_file_location("entry_script", code + "/score.py")
entry = importlib.util.module_from_spec(spec)
spec.loader.exec_module(entry)
entry.init()
results = [entry.run([file]) for file in files] + [entry.run(files)]
foreign = [m for m in ("domain", "adapters", "demo", "sklearn") if m in sys.modules]
print(json.dumps({"results": results, "foreign": foreign}))
"""


def work(folder: Path, model_dir: Path, files: Sequence[Path]) -> dict[str, Any]:
    """Scores files, one by one and then together, into `folder`/output; what `run` returned."""
    output = folder / "output"
    output.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        "AZUREML_MODEL_DIR": str(model_dir),
        "AZUREML_BI_OUTPUT_PATH": str(output),
    }
    command = [sys.executable, "-W", "error", "-c", WORKER, str(CODE), *map(str, files)]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
